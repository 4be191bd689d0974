import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { unwritable } from '../../errors.ts';
import { makeFolder } from '../../folder.ts';
import type { GuestAccess } from '../../notebooks/guests/access.ts';
import type { Participant } from '../../notebooks/guests/handout.ts';
import { type Report, sentences } from '../../terminal/report.ts';
import { htmlPages, markdownPages } from './handout-pages.ts';

/** Writes the page of each guest, and reports the files. A guest of several notebooks has one file with all of them. */
export async function intoFolder(
  report: Report<readonly Participant[]>,
  target: Target,
): Promise<Report> {
  const files = await writePages(pagesByGuest(report.data), target);
  const fileOf = ({ guest, access }: Participant) =>
    access === null ? null : (files.get(guest) ?? null);
  return {
    ...report,
    data: report.data.map((each) => ({ ...each, file: fileOf(each) })),
    names: [...files.values()],
    text: () => sentences(summaryOf([...files.values()])),
  };
}

interface Target {
  readonly folder: string;
  readonly cwd: string;
  readonly format?: 'html' | 'md' | undefined;
}

function pagesByGuest(
  participants: readonly Participant[],
): ReadonlyMap<string, readonly GuestAccess[]> {
  const pages = new Map<string, readonly GuestAccess[]>();
  for (const { guest, access } of participants) {
    if (access !== null) pages.set(guest, [...(pages.get(guest) ?? []), access]);
  }
  return pages;
}

/** `pages/anna.html` by `anna`. */
async function writePages(
  pages: ReadonlyMap<string, readonly GuestAccess[]>,
  { folder, cwd, format = 'html' }: Target,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  if (pages.size > 0) await writing(folder, () => makeFolder(resolve(cwd, folder), 0o700));
  for (const [guest, accesses] of pages) {
    const file = join(folder, `${guest}.${format}`);
    const lines = format === 'html' ? htmlPages(accesses) : markdownPages(accesses);
    await writing(file, () => replaceFile(resolve(cwd, file), `${lines.join('\n')}\n`));
    files.set(guest, file);
  }
  return files;
}

async function writing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw unwritable(path, error, '--folder FOLDER');
  }
}

/** The page has a token, and a file that is there already would keep its mode. */
async function replaceFile(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
}

function summaryOf(files: readonly string[]): string {
  const [first] = files;
  if (first === undefined) return 'No page was written.';
  if (files.length === 1) return `1 page was written: ${first}.`;
  return `${files.length} pages were written, such as ${first}. Send each guest only their own.`;
}
