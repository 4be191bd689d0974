import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commandLine } from '../../src/ssh/quoting.ts';

describe('for a POSIX shell', () => {
  test.each([
    ['plain', 'plain'],
    ['/home/alice/.local/x', '/home/alice/.local/x'],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$(rm)', "'$(rm)'"],
    ['', "''"],
    ['~', "'~'"],
    ['line\nline', "'line\nline'"],
  ])('%j becomes %s', (word, quoted) => {
    expect(commandLine(['x', word], 'posix')).toBe(`x ${quoted}`);
  });

  test('sh reads any words back as they were', () => {
    const signs = [
      ...Array.from({ length: 126 }, (_, code) => String.fromCodePoint(code + 1)),
      'é',
      '数',
    ];
    const words = wordsOf(signs, 400);
    const line = commandLine(['printf', '%s\\0', ...words], 'posix');
    const echoed = execFileSync('sh', ['-c', line], { encoding: 'utf8' });
    expect(echoed.split('\0').slice(0, -1)).toEqual(words);
  });
});

describe('for PowerShell', () => {
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
  ])('%j becomes %s', (word, quoted) => {
    expect(commandLine(['ssh', word], 'powershell')).toBe(`ssh ${quoted}`);
  });

  test('a program whose name has to be quoted is called', () => {
    expect(commandLine(['C:\\Program Files\\ssh.exe', '-V'], 'powershell')).toBe(
      "& 'C:\\Program Files\\ssh.exe' -V",
    );
  });
});

describe('for cmd', () => {
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
  ])('%j becomes %s', (word, quoted) => {
    expect(commandLine(['ssh', word], 'cmd')).toBe(`ssh ${quoted}`);
  });

  test('the words survive cmd and Windows’ own rules for words', () => {
    const words = ['ssh', ...wordsOf([...'ab "%\\&^<>|()=-/'], 2_000)];
    expect(windowsWords(afterCmd(commandLine(words, 'cmd')))).toEqual(words);
  });
});

/** Many words of these signs, the same in each run. */
function wordsOf(signs: readonly string[], count: number): string[] {
  let seed = 1;
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: next(10) }, () => signs[next(signs.length)]).join(''),
  );
}

/** What a program gets when cmd has read the line: carets gone, and nothing special left bare. */
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
    if (!quoted && /[&<>|()]/.test(character)) throw new Error(`cmd obeys ${character}`);
    if (character === '%' && quoted) throw new Error('cmd looks for a variable');
    passed += character;
  }
  return passed;
}

/** The words of a Windows command line, by the rules of its C runtime. */
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
