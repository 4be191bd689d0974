import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandLine } from '../src/command-line.ts';

test.each([
  ['plain', 'plain'],
  ['/home/alice/.local/x', '/home/alice/.local/x'],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$(rm)', "'$(rm)'"],
  ['', "''"],
  ['~', "'~'"],
  ['line\nline', "'line\nline'"],
])('commandLine for a POSIX shell writes %j as %s', (word, quoted) => {
  expect(commandLine(['x', word], 'posix')).toBe(`x ${quoted}`);
});

test('sh splits the command line into the same arguments', () => {
  const characters = [
    ...Array.from({ length: 126 }, (_, code) => String.fromCodePoint(code + 1)),
    'é',
    '数',
  ];
  const words = wordsOf(characters, 400);
  const line = commandLine(['printf', '%s\\0', ...words], 'posix');
  const echoed = execFileSync('sh', ['-c', line], { encoding: 'utf8' });
  expect(echoed.split('\0').slice(0, -1)).toEqual(words);
});

test.each([
  ['-N', '-N'],
  ['--', '--'],
  ['127.0.0.1:23157:127.0.0.1:8888', '127.0.0.1:23157:127.0.0.1:8888'],
  ['StrictHostKeyChecking=yes', 'StrictHostKeyChecking=yes'],
  // `@` would splat, `,` would make an array, `$` a variable.
  ['alice@172.16.102.207', "'alice@172.16.102.207'"],
  ['a,b', "'a,b'"],
  ['$HOME', "'$HOME'"],
  ["o'brien", "'o''brien'"],
  ['a b', "'a b'"],
  ['', "''"],
  ['File="C:/a b/kh"', `'File=\\"C:/a b/kh\\"'`],
  ['ends with \\', "'ends with \\\\'"],
])('commandLine for PowerShell writes %j as %s', (word, quoted) => {
  expect(commandLine(['ssh', word], 'powershell')).toBe(`ssh ${quoted}`);
});

test('commandLine for PowerShell calls a quoted program with &', () => {
  expect(commandLine(['C:\\Program Files\\ssh.exe', '-V'], 'powershell')).toBe(
    "& 'C:\\Program Files\\ssh.exe' -V",
  );
});

test.each([
  ['-N', '-N'],
  ['alice@172.16.102.207', 'alice@172.16.102.207'],
  ['a b', '"a b"'],
  ['a&b|c', '"a&b|c"'],
  ['', '""'],
  ['ends with \\', '"ends with \\\\"'],
  ['%PATH%', '^"^%PATH^%^"'],
  ['File="C:/a b/kh"', '^"File=\\^"C:/a b/kh\\^"^"'],
  ['"&calc', '^"\\^"^&calc^"'],
])('commandLine for cmd writes %j as %s', (word, quoted) => {
  expect(commandLine(['ssh', word], 'cmd')).toBe(`ssh ${quoted}`);
});

test('cmd and the C runtime of Windows split the command line into the same arguments', () => {
  const words = ['ssh', ...wordsOf([...'ab "%\\&^<>|()=-/'], 2_000)];
  expect(windowsWords(afterCmd(commandLine(words, 'cmd')))).toEqual(words);
});

/** Pseudo-random words of these characters, the same in each run. */
function wordsOf(characters: readonly string[], count: number): string[] {
  let seed = 1;
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: next(10) }, () => characters[next(characters.length)]).join(''),
  );
}

/** The line as cmd passes it to a program: without carets. Throws if cmd would interpret a character. */
function afterCmd(line: string): string {
  let passed = '';
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (character === '^' && !quoted) {
      at += 1;
      passed += line[at] ?? '';
      continue;
    }
    if (character === '"') quoted = !quoted;
    if (!quoted && /[&<>|()]/.test(character)) throw new Error(`cmd interprets ${character}`);
    if (character === '%' && quoted) throw new Error('cmd expands a variable');
    passed += character;
  }
  return passed;
}

/** The arguments in a Windows command line, by the rules of its C runtime. */
function windowsWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length; ) {
    const [slashes = ''] = /^\\*/.exec(line.slice(at)) ?? [];
    const next = line[at + slashes.length];
    if (next === '"') {
      word = (word ?? '') + '\\'.repeat(Math.floor(slashes.length / 2));
      if (slashes.length % 2 === 1) word += '"';
      else quoted = !quoted;
      at += slashes.length + 1;
      continue;
    }
    if (slashes !== '') {
      word = (word ?? '') + slashes;
      at += slashes.length;
      continue;
    }
    if (next === ' ' && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (next ?? '');
    at += 1;
  }
  return word === undefined ? words : [...words, word];
}
