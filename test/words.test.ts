import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** CONTRIBUTING.md, style 10. */
const banned = /\b(?:nobody|somebody|anew|whoever|vouch\w*|told|tells?)\b/i;
/** Where `told` is the word of a journal that earlier versions wrote. */
const exempt = ['src/notebooks/journal.ts', 'docs/glossary.md'];

const root = join(import.meta.dirname, '..');
const inFolder = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|md)$/.test(file))
    .map((file) => `${folder}/${file}`);

test('sources and documents have none of the banned words', () => {
  const files = [...inFolder('src'), ...inFolder('docs'), 'README.md', 'CHANGELOG.md'];
  const found = files
    .filter((file) => !exempt.includes(file))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, at) => (banned.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
    );
  expect(files.length).toBeGreaterThan(300);
  expect(found).toEqual([]);
});
