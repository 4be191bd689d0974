import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readOwnFile } from '../src/bounded-file.ts';
import { readCertificateFiles } from '../src/certificates/files.ts';
import { commands } from '../src/commands/index.ts';
import { withFileLock } from '../src/file-lock.ts';
import { hintForAll, inOneLine, withFlags, withVariables } from '../src/hints.ts';
import { openSecretFile } from '../src/session/secret-file.ts';
import { readSession, sessionFile } from '../src/session/state.ts';
import { findKey } from '../src/ssh/keys.ts';
import { siteCertificate } from './support/https.ts';

const hints = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => {
    const text = readFileSync(join('src', name), 'utf8');
    return [...text.matchAll(/\bhint: (['"`])((?:(?!\1).)*)\1/g)].map(([, , hint = '']) => hint);
  });

test('a hint starts in lower case, and ends with a full stop only after several sentences', () => {
  expect(hints.length).toBeGreaterThan(100);
  const shouting = hints.filter((hint) => /^[A-Z][a-z ]/.test(hint));
  const stopped = hints.filter((hint) => hint.endsWith('.') && !/[.?!] [A-Z]/.test(hint));
  expect([...shouting, ...stopped]).toEqual([]);
});

test('a command in a hint or warning quotes what it names for the shell', () => {
  const lines = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/sandbox|first-boot/.test(name))
    .flatMap((name) => readFileSync(join('src', name), 'utf8').split('\n'));
  const named = String.raw`\$\{(?!commandLine\()\w*(?:file|path|identity|lock|folder)\}`;
  const commands = 'chmod|chown|mv|rm|cp|cat|ssh-keygen|ssh-add|openssl';
  const unquoted = new RegExp(
    String.raw`\b(?:${commands}|config set [\w.]+) (?:-\w+ |\d+ )*${named}`,
    'i',
  );
  expect(lines.filter((line) => unquoted.test(line))).toEqual([]);
});

test.each([
  ['one remedy for all', ['a:x', 'b:x'], 'x'],
  ['a remedy each', ['a:x', 'b:y'], 'a: x\nb: y'],
  ['one remedy of two faults', ['a:x', 'b:'], 'a: x'],
  ['one remedy of five faults', ['a:x', 'b:x', 'c:x', 'd:x', 'e:'], 'a and b and c and 1 more: x'],
  ['a fault whose place is not known', [':x', 'b:y'], 'x\nb: y'],
  ['no remedy', ['a:', 'b:'], undefined],
])('the hint of faults with %s is a line for each', (_, faults, expected) => {
  const read = faults.map((fault) => {
    const [where = '', hint = ''] = fault.split(':');
    return { where, hint: hint === '' ? undefined : hint };
  });
  expect(hintForAll(read)).toBe(expected);
});

test('a hint of several lines is one line in JSON', () => {
  expect(inOneLine('a: x\nb: y')).toBe('a: x; b: y');
});

test.each([
  ['nubes-nb config set limits.per_user 3', 'export NUBES_NB_LIMITS_PER_USER=3'],
  [
    'x; nubes-nb config set limits.per_user 3, which counts',
    'x; export NUBES_NB_LIMITS_PER_USER=3, which counts',
  ],
  ["nubes-nb config set notebook.size 'a b'", "nubes-nb config set notebook.size 'a b'"],
  ['nubes-nb config set limits.per_user VALUE, or correct it there', undefined],
  ['nubes-nb config unset limits.per_user', undefined],
])('the hint "%s" sets a variable that overrides the file', (hint, expected = hint) => {
  expect(withVariables(hint, { NUBES_NB_LIMITS_PER_USER: '2' })).toBe(expected);
  expect(withVariables(hint, {})).toBe(hint);
});

const world = {
  ...({ platform: 'linux', userId: process.geteuid?.() } as const),
  interrupted: new AbortController().signal,
};

/** Each makes a file that cannot be used, and returns what reads it. */
const unusable: readonly (readonly [
  string,
  (folder: string) => (() => Promise<unknown>) | Promise<() => Promise<unknown>>,
])[] = [
  [
    'a state file that others may write',
    (folder) => {
      writeFileSync(join(folder, 'f'), '');
      chmodSync(join(folder, 'f'), 0o666);
      return async () => readOwnFile(join(folder, 'f'));
    },
  ],
  [
    'a state file that is a link',
    (folder) => {
      symlinkSync('target', join(folder, 'f'));
      return async () => readOwnFile(join(folder, 'f'));
    },
  ],
  [
    'a file of secrets that others may read',
    (folder) => {
      writeFileSync(join(folder, 'secrets.json'), '{"version":1,"secrets":{}}');
      chmodSync(join(folder, 'secrets.json'), 0o644);
      return () => openSecretFile(world, folder).get('x');
    },
  ],
  [
    'a damaged file of secrets',
    (folder) => {
      writeFileSync(join(folder, 'secrets.json'), '{', { mode: 0o600 });
      return () => openSecretFile(world, folder).get('x');
    },
  ],
  [
    'a damaged session file',
    (folder) => {
      writeFileSync(sessionFile(folder), '{', { mode: 0o600 });
      return () => readSession(folder, 'default');
    },
  ],
  [
    'a file in the place of a lock',
    (folder) => {
      mkdirSync(join(folder, 'f.lock', 'sub'), { recursive: true });
      utimesSync(join(folder, 'f.lock'), 1, 1);
      const options = {
        staleMs: 2_000,
        retries: { retries: 0, minTimeout: 1, maxTimeout: 1 },
        signal: new AbortController().signal,
      };
      return () => withFileLock(join(folder, 'f'), options, async () => {});
    },
  ],
  [
    'a certificate that others may read',
    async (folder) => {
      const certificate = join(folder, 'nb.pem');
      writeFileSync(certificate, (await siteCertificate('nb.example.org')).pem);
      chmodSync(certificate, 0o644);
      const files = { certificate, key: undefined };
      return async () => {
        const { warnings } = await readCertificateFiles(files, async () => undefined);
        if (warnings[0] !== undefined) throw Object.assign(new Error(), { hint: warnings[0] });
      };
    },
  ],
  [
    'a private key without its .pub',
    (folder) => {
      const programs = join(folder, 'bin');
      mkdirSync(programs);
      const keygen = `#!/bin/sh\n[ "$2" != -P ] && [ "$3" = '${join(folder, 'key').replaceAll("'", "'\\''")}' ] && echo ssh-ed25519 AAAA\n`;
      writeFileSync(join(programs, 'ssh-keygen'), keygen, { mode: 0o755 });
      writeFileSync(join(folder, 'key'), '-----BEGIN OPENSSH PRIVATE KEY-----\n');
      const environment = { PATH: `${programs}:${process.env['PATH']}` };
      const computer = {
        environment,
        home: folder,
        cwd: folder,
        interrupted: new AbortController().signal,
      };
      return () => findKey(computer, join(folder, 'key'));
    },
  ],
];

test.each(unusable)(
  'the command in the hint for %s can be pasted, and mends it',
  async (_what, make) => {
    const folder = mkdtempSync(join(tmpdir(), "nubes nb's $(x) & é;"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const use = await make(folder);
    const failed = await use().then(
      () => undefined,
      (error: { hint?: string }) => error,
    );
    const hint = failed?.hint ?? '';
    expect(hint).not.toBe('');
    const command = hint.replace(/^[^']*: /, '').replace(/ && nubes-nb login$/, '');
    execFileSync('sh', ['-c', command], {
      env: { PATH: `bin:${process.env['PATH']}` },
      cwd: folder,
    });
    await expect(use()).resolves.not.toThrow();
  },
);

test('each command of a hint that depends on the settings gets the flags that name them', () => {
  const free = ['completion', 'man', 'sandbox', 'version'];
  const flags = { config: '/my c.toml', context: 'lab' };
  for (const { name } of commands) {
    const given = free.includes(name) ? '' : " --config '/my c.toml' --context lab";
    expect(withFlags(`nubes-nb ${name} x, or y`, flags)).toBe(`nubes-nb${given} ${name} x, or y`);
    expect(withFlags(`nubes-nb ${name} x`, {})).toBe(`nubes-nb ${name} x`);
  }
  for (const hint of ['nubes-nb --help', 'to try nubes-nb without a cloud', 'nubes-nb needs it']) {
    expect(withFlags(hint, flags)).toBe(hint);
  }
});
