import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseRecord, readText, updateFile } from '../../src/ssh/shared-file.ts';

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
  await Promise.all(letters.map((letter) => updateFile(file, (text) => text + letter)));
  expect([...readFileSync(file, 'utf8')].sort()).toEqual(letters);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
