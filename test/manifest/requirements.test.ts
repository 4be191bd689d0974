import { describe, expect, test } from 'vitest';
import { readRequirements } from '../../src/manifest/requirements.ts';

const read = (text: string) => readRequirements(text, 'requirements.txt');
const message = (text: string) => {
  try {
    return read(text).join('\n');
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};

describe('a requirements file', () => {
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
  ])('takes %s', (line) => {
    expect(read(line)).toEqual([line]);
  });

  test('has comments, blank lines, CRLF and a BOM, which are left out', () => {
    expect(read('\ufeff# the course\r\n\r\nnumpy  # arrays\r\n  lpd-tools\r\n')).toEqual([
      'numpy',
      'lpd-tools',
    ]);
  });

  test.each([
    ['-r other.txt', "pip's options are not taken"],
    ['--index-url https://u:secret@pypi.example.org/simple', "pip's options are not taken"],
    ['-e .', "pip's options are not taken"],
    ['numpy==1 --hash=sha256:00', "pip's options are not taken"],
    ['numpy==1 \\', 'a line cannot go on in the next one'],
    ['git+https://secret@git.example.org/x', 'addresses are not taken'],
    ['x @ https://example.org/x.whl', 'addresses are not taken'],
    ['x @ file:///home/x', 'addresses are not taken'],
    ['./x', 'files and folders are not taken'],
    ['..', 'files and folders are not taken'],
    ['~/x', 'files and folders are not taken'],
    ['x-1.0-py3-none-any.whl', 'files and folders are not taken'],
    ['x.tar.gz', 'files and folders are not taken'],
    ['numpy pandas', "'numpy pandas' is no package"],
    ['numpy=1.0', "'numpy=1.0' is no package"],
    ['numpy>1;', "'' is no condition"],
    ['numpy; python_version', 'is no condition'],
    ['numpy; os.system == "x"', 'is no condition'],
    ['numpy; (python_version < "3"', 'is no condition'],
    [`\${HOME}`, "' is no package"],
    ['numpy; $(reboot)', 'is no condition'],
    ["numpy'", 'is no package'],
    ['num\u0007py', "'num?py' is no package"],
    ['x'.repeat(256), 'a line has at most 255 characters'],
  ])('refuses %s with its line, and repeats no secret', (line, why) => {
    const told = message(`numpy-like\n\n${line}\n`);
    expect(told).toContain('requirements.txt, line 3: ');
    expect(told).toContain(why);
    expect(told).not.toContain('secret');
  });

  test('names no package twice, however it is spelled, but for conditions', () => {
    expect(message('Foo_Bar\nfoo.bar>=2')).toBe(
      'requirements.txt, line 2: foo-bar is named before already (requirements.txt, line 1).',
    );
    const both = ['x<2; python_version < "3.9"', 'x>=2; python_version >= "3.9"'];
    expect(read(both.join('\n'))).toEqual(both);
  });

  test('without packages, or with too many, is refused', () => {
    expect(message('# nothing\n')).toBe('requirements.txt names no packages.');
    const many = Array.from({ length: 501 }, (_, index) => `p${index}`).join('\n');
    expect(message(many)).toContain('these are 501 packages');
    const long = Array.from({ length: 200 }, (_, index) => `p${index}-${'x'.repeat(200)}`);
    expect(message(long.join('\n'))).toContain('at most 500 in 32768 go with a notebook');
  });
});
