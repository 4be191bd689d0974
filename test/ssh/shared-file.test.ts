import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  parsedFile,
  parsedLines,
  parseRecord,
  readText,
  updateFile,
} from '../../src/ssh/shared-file.ts';

const { signal } = new AbortController();

const isNumber = (value: unknown): value is number => typeof value === 'number';

test.each([
  ['{"a":1,"b":2}', { a: 1, b: 2 }],
  ['{"a":1,"b":"2","c":null}', { a: 1 }],
  ['{}', {}],
  ['[]', {}],
  ['null', {}],
  ['7', {}],
  ['{"a":1', {}],
  ['', {}],
])('parseRecord(%j) keeps the valid entries', (text, expected) => {
  expect(parseRecord(text, isNumber)).toEqual(expected);
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-shared-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('readText of a missing file is empty', () => {
  expect(readText(join(newFolder(), 'ports.json'))).toBe('');
});

test('twenty updateFile calls at the same time keep every change, in a file of mode 0600', async () => {
  const file = join(newFolder(), 'state', 'ports.json');
  const letters = [...'abcdefghijklmnopqrst'];
  await Promise.all(letters.map((letter) => updateFile(file, (text) => text + letter, signal)));
  expect([...readFileSync(file, 'utf8')].sort()).toEqual(letters);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('edits that arrive while a file waits for its turn are written together', async () => {
  const file = join(newFolder(), 'keys.json');
  const letters = [...'abcdefghij'];
  const seen = letters.map((letter) =>
    updateFile(file, (text) => text + letter, signal).then(() => readFileSync(file, 'utf8')),
  );
  expect(new Set(await Promise.all(seen))).toEqual(new Set(['abcdefghij']));
  await updateFile(file, (text) => `${text}k`, signal);
  expect(readFileSync(file, 'utf8')).toBe('abcdefghijk');
});

test('an update after one that failed begins again', async () => {
  const file = join(newFolder(), 'state', 'ports.json');
  writeFileSync(dirname(file), '');
  await expect(updateFile(file, () => 'lost', signal)).rejects.toThrow('EEXIST');
  rmSync(dirname(file));
  await updateFile(file, (text) => `${text}kept`, signal);
  expect(readFileSync(file, 'utf8')).toBe('kept');
});

const replace = (file: string, text: string) => {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};

test.each<[string, (file: string) => void, string]>([
  ['is replaced by text of the same size', (file) => replace(file, '7 8 9\n'), '7 8 9\n'],
  ['grows', (file) => appendFileSync(file, '4\n'), '1 2 3\n4\n'],
  ['is written again', (file) => writeFileSync(file, '5\n'), '5\n'],
  ['is removed', (file) => rmSync(file), ''],
])('parsedFile parses a file once, and again after it %s', (_what, change, expected) => {
  const file = join(newFolder(), 'ports.json');
  writeFileSync(file, '1 2 3\n');
  let parsed = 0;
  const read = parsedFile((text) => {
    parsed += 1;
    return text;
  });
  expect([read(file), read(file), parsed]).toEqual(['1 2 3\n', '1 2 3\n', 1]);
  change(file);
  expect([read(file), parsed]).toEqual([expected, 2]);
});

test('parsedFile refuses a file that others may write since it was parsed', () => {
  const file = join(newFolder(), 'known_hosts');
  writeFileSync(file, 'one\n', { mode: 0o600 });
  const read = parsedFile((text) => text);
  expect(read(file)).toBe('one\n');
  chmodSync(file, 0o666);
  expect(() => read(file)).toThrow('can be written by other users');
});

test.each<[string, string, (file: string) => void, number[], number[]]>([
  ['grows', '1\n2\n', (file) => appendFileSync(file, '3\n'), [1, 2, 3], [3]],
  ['begins again', '1\n2\n', (file) => replace(file, '3\n'), [3], [3]],
  ['begins again and is longer', '1\n', (file) => replace(file, '3\n4\n'), [3, 4], [3, 4]],
  ['gets the rest of a line', '1\n2', (file) => appendFileSync(file, '0\n'), [1, 20], [1, 20]],
])('parsedLines of a file that %s parses only new lines', (_what, text, change, all, parsed) => {
  const file = join(newFolder(), 'journal.ndjson');
  writeFileSync(file, text);
  let lines: number[] = [];
  const read = parsedLines((line) => {
    if (line === '') return undefined;
    lines.push(Number(line));
    return Number(line);
  });
  read(file);
  lines = [];
  change(file);
  expect([read(file), lines]).toEqual([all, parsed]);
});
