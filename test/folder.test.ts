import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder, makeFolderSync } from '../src/folder.ts';

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const ways = [
  ['makeFolder', makeFolder],
  ['makeFolderSync', async (path: string, mode?: number) => makeFolderSync(path, mode)],
] as const;

test.each(ways)('%s makes a folder and its parents with the mode', async (_name, make) => {
  const path = join(emptyFolder(), 'a', 'b', 'c');
  await make(path, 0o700);
  await make(path, 0o700);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, '..', '..')).mode & 0o777).toBe(0o700);
});

test.each(ways)('%s accepts a link to a folder', async (_name, make) => {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'real'));
  symlinkSync('real', join(folder, 'link'));
  await make(join(folder, 'link'));
  await make(join(folder, 'link', 'below'));
  expect(statSync(join(folder, 'real', 'below')).isDirectory()).toBe(true);
});

test.each(ways)('%s refuses a file and what is below it', async (_name, make) => {
  const file = join(emptyFolder(), 'file');
  writeFileSync(file, '');
  await expect(make(file)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(make(join(file, 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.each(ways)('%s refuses a link to what is not there', async (_name, make) => {
  const folder = emptyFolder();
  symlinkSync('absent', join(folder, 'link'));
  await expect(make(join(folder, 'link'))).rejects.toMatchObject({ code: 'EEXIST' });
});

/** Of the sandbox: below a folder that it has made itself. */
const exempt = /^sandbox\//;

test('nothing else of the program makes folders with the recursive option of Node', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
  const wrong = files.filter(
    (file) =>
      file.endsWith('.ts') &&
      !exempt.test(file) &&
      /mkdir(?:Sync)?\([^;]*recursive/.test(readFileSync(join('src', file), 'utf8')),
  );
  expect(wrong).toEqual([]);
});
