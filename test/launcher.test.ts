import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { expect, test } from 'vitest';

// npm's shims on Windows and the first line of the script on other systems start it with these words.
const startedAs = /^#!\/usr\/bin\/env -S node --\n/;

const { engines } = JSON.parse(readFileSync('package.json', 'utf8'));
const launcher = readFileSync('bin/nubes-nb.js', 'utf8');

/** What the launcher does on this version of Node. */
function launched(version: string) {
  const seen = { started: [] as string[], stderr: '', exitCode: 0 };
  const fake = {
    versions: { node: version },
    stderr: { write: (text: string) => (seen.stderr += text) },
    set exitCode(code: number) {
      seen.exitCode = code;
    },
  };
  const script = new Script(launcher.replace(startedAs, ''));
  script.runInNewContext({ process: fake, require: (name: string) => seen.started.push(name) });
  return seen;
}

test.each(['20.19.0', '20.20.2', '21.0.0', '22.0.0', '24.21.0', '100.1.0'])(
  'Node.js %s runs the program',
  (version) => {
    expect(launched(version)).toEqual({ started: ['../dist/start.js'], stderr: '', exitCode: 0 });
  },
);

test.each(['0.10.48', '4.9.1', '8.17.0', '18.20.8', '19.9.0', '20.9.0', '20.18.3'])(
  'Node.js %s is refused in one sentence',
  (version) => {
    expect(launched(version)).toEqual({
      started: [],
      stderr: `error: nubes-nb needs Node.js 20.19 or later, but this is Node.js ${version}.
hint: install a newer one from https://nodejs.org, or load it with nvm or module\n`,
      exitCode: 11,
    });
  },
);

test('the launcher refuses what package.json refuses, in syntax that old versions of Node can parse', () => {
  expect(engines).toEqual({ node: '>=20.19' });
  expect(launcher).toMatch(startedAs);
  const forSh = readFileSync('bin/nubes-nb.sh', 'utf8');
  expect(forSh).toMatch(/^#!\/bin\/sh\n':' \/\/; exec node -- "\$0" "\$@"\n/);
  const code = `${launcher}${forSh}`.replaceAll(/^(#!|\/\/).*$|\/\/; .*$/gm, '');
  expect(code).not.toMatch(/=>|`|\b(let|const|class|async)\b|\?\.|\?\?|\.\.\.|,\s*[)\]}]|\*\*/);
});
