import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { intoFolder } from '../../../src/commands/output/handout-folder.ts';
import type { Participant } from '../../../src/notebooks/guests/handout.ts';
import { failure } from '../../support/failure.ts';

const url = 'https://nb.example.org/lab';
const anna: Participant = {
  ...{ guest: 'anna', notebook: 'lpd', status: 'ready', error: null },
  access: { guest: 'anna', notebook: 'lpd', url, certificate: null, tunnel: null },
};
const into = (cwd: string) => intoFolder({ data: [anna], names: [] }, { folder: 'pages', cwd });

test.each([
  [
    'a file in the place of the folder',
    (folder: string) => writeFileSync(folder, ''),
    'pages cannot be written: a file has that name.',
  ],
  [
    'a folder in the place of a page',
    (folder: string) => mkdirSync(join(folder, 'anna.html'), { recursive: true }),
    `${join('pages', 'anna.html')} cannot be written: a folder has that name.`,
  ],
])('%s is named, with the flag for another folder', async (_, make, message) => {
  const cwd = mkdtempSync(join(tmpdir(), 'nubes-nb-pages-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  make(join(cwd, 'pages'));
  expect(await failure(into(cwd))).toMatchObject({
    ...{ code: 'CONFIGURATION', message },
    hint: 'name another one with --folder FOLDER',
  });
});
