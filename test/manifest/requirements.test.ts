import { expect, test } from 'vitest';
import { readRequirements } from '../../src/manifest/requirements.ts';
import { messageOf } from '../support/message.ts';

const read = (text: string) => readRequirements(text, 'requirements.txt');
const message = (text: string) => messageOf(() => read(text)).split('\nhint: ')[0];

test.each([
  'numpy',
  'numpy==1.26.4',
  'pandas >= 2, < 3',
  'scipy[extra, more]~=1.14',
  'zope.interface!=5.*',
  'torch==2.1.0+cpu',
  'epoch>=1!2.0.post1',
  'odd===2004d',
  'tomli; python_version < "3.11"',
  "pywin32==306 ; sys_platform == 'win32' and python_version >= '3.8'",
  'x>=1; (os_name == "nt" or platform_machine in "x86_64 aarch64") and "3" not in python_version',
])('a requirements file may contain %s', (line) => {
  expect(read(line)).toEqual([line]);
});

test('a requirements file may have comments, blank lines, CRLF and a BOM', () => {
  expect(read('\ufeff# the course\r\n\r\nnumpy  # arrays\r\n  lpd-tools\r\n')).toEqual([
    'numpy',
    'lpd-tools',
  ]);
});

test.each([
  ['-r other.txt', 'pip options are not supported'],
  ['--index-url https://u:secret@pypi.example.org/simple', 'pip options are not supported'],
  ['-e .', 'pip options are not supported'],
  ['numpy==1 --hash=sha256:00', 'pip options are not supported'],
  ['numpy==1 \\', 'line continuations are not supported'],
  ['git+https://secret@git.example.org/x', 'URLs are not supported'],
  ['x @ https://example.org/x.whl', 'URLs are not supported'],
  ['x @ file:///home/x', 'URLs are not supported'],
  ['./x', 'paths are not supported'],
  ['..', 'paths are not supported'],
  ['~/x', 'paths are not supported'],
  ['x-1.0-py3-none-any.whl', 'paths are not supported'],
  ['x.tar.gz', 'paths are not supported'],
  ['numpy pandas', "'numpy pandas' is not a valid package"],
  ['numpy=1.0', "'numpy=1.0' is not a valid package"],
  ['numpy>1;', "'' is not an environment marker"],
  ['numpy; python_version', 'is not an environment marker'],
  ['numpy; os.system == "x"', 'is not an environment marker'],
  ['numpy; (python_version < "3"', 'is not an environment marker'],
  [`\${HOME}`, "' is not a valid package"],
  ['numpy; $(reboot)', 'is not an environment marker'],
  ["numpy'", 'is not a valid package'],
  ['num\u0007py', "'num?py' is not a valid package"],
  ['x'.repeat(256), 'a line has at most 255 characters'],
])(
  'a requirements file with %s is refused with its line and without its secret',
  (line, reason) => {
    const sentence = message(`numpy-like\n\n${line}\n`);
    expect(sentence).toContain('requirements.txt, line 3: ');
    expect(sentence).toContain(reason);
    expect(sentence).not.toContain('secret');
  },
);

test('a requirements file lists a package once in any spelling, except with environment markers', () => {
  expect(message('Foo_Bar\nfoo.bar>=2')).toBe(
    'requirements.txt, line 1 and requirements.txt, line 2: foo-bar is listed twice.',
  );
  const both = ['x<2; python_version < "3.9"', 'x>=2; python_version >= "3.9"'];
  expect(read(both.join('\n'))).toEqual(both);
});

test('a requirements file without packages, or with too many, is refused', () => {
  expect(message('# nothing\n')).toBe('requirements.txt contains no packages.');
  const many = Array.from({ length: 501 }, (_, index) => `p${index}`).join('\n');
  expect(message(many)).toContain('501 packages with');
  const long = Array.from({ length: 200 }, (_, index) => `p${index}-${'x'.repeat(200)}`);
  expect(message(long.join('\n'))).toContain('the limit is 500 packages with 32768 characters');
});
