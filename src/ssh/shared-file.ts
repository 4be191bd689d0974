import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { ifRefused, readOwnFile } from '../bounded-file.ts';
import { type LockOptions, withFileLock } from '../file-lock.ts';
import { makeFolder } from '../folder.ts';

/** The retries outlast `staleMs`, so the lock of a killed process never makes an update fail. */
const lockOptions: Omit<LockOptions, 'signal'> = {
  staleMs: 5_000,
  retries: { retries: 100, minTimeout: 10, maxTimeout: 80 },
};

/** Edits of a file that the next write takes together. */
interface Group {
  readonly edits: ((text: string) => string)[];
  readonly written: Promise<void>;
}

const waiting = new Map<string, Group>();

/**
 * Replaces the text of a small file in the state folder atomically, with mode 0600. Parallel commands
 * take turns: without the lock, each would drop what the other has just written. Edits of one command that
 * arrive while it waits for its turn are written together, as a batch makes one for each notebook. The signal ends a
 * wait for another command.
 */
export function updateFile(
  file: string,
  edit: (text: string) => string,
  signal: AbortSignal,
): Promise<void> {
  const group = waiting.get(file);
  if (group !== undefined) {
    group.edits.push(edit);
    return group.written;
  }
  const edits = [edit];
  const isOver = () => {
    if (waiting.get(file)?.edits === edits) waiting.delete(file);
  };
  const written = writeEdits(file, edits, isOver, signal).finally(isOver);
  waiting.set(file, { edits, written });
  return written;
}

async function writeEdits(
  file: string,
  edits: readonly ((text: string) => string)[],
  begins: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await makeFolder(dirname(file), 0o700);
  await withFileLock(file, { ...lockOptions, signal }, () => {
    begins();
    const text = edits.reduce((edited, edit) => edit(edited), readText(file));
    return writeFileAtomic(file, text, { mode: 0o600 });
  });
}

/**
 * A reader that parses a file again only after it has changed: a batch looks up each notebook in files that
 * hold all of them.
 */
export function parsedFile<Parsed>(
  parse: (text: string, last: Parsed | undefined) => Parsed,
): (file: string) => Parsed {
  const known = new Map<string, { readonly version: string; readonly parsed: Parsed }>();
  return (file) => {
    const version = versionOf(file);
    const last = known.get(file);
    if (last !== undefined && last.version === version) return last.parsed;
    const parsed = parse(readText(file), last?.parsed);
    if (version === undefined) known.delete(file);
    else known.set(file, { version, parsed });
    return parsed;
  };
}

/** The same for a file of lines that only grows: each line is parsed once. Lines without a value are left out. */
export function parsedLines<Value>(
  parse: (line: string) => Value | undefined,
): (file: string) => readonly Value[] {
  const valuesIn = (text: string) => text.split('\n').flatMap((line) => parse(line) ?? []);
  const read = parsedFile<{ readonly text: string; readonly values: readonly Value[] }>(
    (text, last) => {
      if (!last?.text.endsWith('\n') || !text.startsWith(last.text)) {
        return { text, values: valuesIn(text) };
      }
      return { text, values: [...last.values, ...valuesIn(text.slice(last.text.length))] };
    },
  );
  return (file) => read(file).values;
}

/** Differs after each change: a file is replaced, or grows. Undefined if it cannot be looked at. */
function versionOf(file: string): string | undefined {
  try {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    return stats && [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs, stats.mode].join(' ');
  } catch {
    return undefined;
  }
}

/**
 * The valid entries of a JSON object; empty if the text is not a JSON object. Without a prototype, as the
 * keys are ids from Nova.
 */
export function parseRecord<Value>(
  text: string,
  isValue: (value: unknown) => value is Value,
): Record<string, Value> {
  const record: Record<string, Value> = Object.create(null);
  for (const [key, value] of Object.entries(parseObject(text))) {
    if (isValue(value)) record[key] = value;
  }
  return record;
}

function parseObject(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

/** Empty if there is no such file, or this user may not read it. Throws CONFIGURATION for one that is not to be trusted. */
export function readText(file: string): string {
  return ifRefused(
    () => readOwnFile(file)?.bytes.toString('utf8') ?? '',
    () => '',
  );
}
