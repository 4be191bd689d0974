import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NubesError } from '../errors.ts';

/** A creation as this computer did it: intended before Nova is asked, then how it ended. */
export interface JournalEntry {
  readonly event: 'intended' | 'created' | 'refused' | 'unknown' | 'removed-twin';
  readonly request: string;
  readonly project: string;
  readonly owner: string;
  readonly name: string;
  readonly id?: string;
}

export type Journal = (entry: JournalEntry) => Promise<void>;

const rotateAbove = 1024 * 1024;

/** `journal.ndjson` in the state folder, 0600; throws CONFIGURATION. Lines are short, so parallel commands' appends never mix. */
export function openJournal(stateFolder: string, now: () => Date): Journal {
  const file = join(stateFolder, 'journal.ndjson');
  const append = async (entry: JournalEntry) => {
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size > rotateAbove) await rename(file, `${file}.1`);
    const line = JSON.stringify({ at: now().toISOString(), ...entry });
    await appendFile(file, `${line}\n`, { mode: 0o600 });
  };
  return (entry) =>
    append(entry).catch((error: NodeJS.ErrnoException) => {
      throw new NubesError(
        'CONFIGURATION',
        `The journal ${file} cannot be written (${error.code ?? 'unknown reason'}).`,
        { hint: 'make the folder writable, or set XDG_STATE_HOME to one that is' },
      );
    });
}
