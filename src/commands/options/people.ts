import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import type { ManifestEntry } from '../../manifest/fields.ts';
import type { Person } from '../../manifest/people.ts';
import { checkName } from '../../notebooks/name.ts';
import { readSource } from './selection.ts';

/** The people of `--for FILE`. Throws USAGE with the line. */
export async function peopleIn(app: App, file: string): Promise<readonly Person[]> {
  const { readPeople } = await import('../../manifest/people.ts');
  return readPeople(await readSource(app, file), file === '-' ? 'stdin' : file);
}

/** A notebook for each of them, named after the pattern on the command line, or after the person. Throws USAGE. */
export async function entriesForPeople(
  app: App,
  names: readonly string[],
  { for: file, from }: { readonly for: string; readonly from?: string },
): Promise<readonly ManifestEntry[]> {
  const { checkEntries } = await import('../../manifest/lines.ts');
  const { eachPerson } = await import('../../manifest/people.ts');
  const { personPattern } = await import('../../manifest/ranges.ts');
  const [pattern = personPattern, ...more] = names;
  if (from !== undefined) {
    throw new NubesError('USAGE', '--for and --from both list all notebooks.', {
      hint: 'in a line for --from, for and for_key name a person and their key',
    });
  }
  if (more.length > 0 || !pattern.includes(personPattern)) {
    throw new NubesError(
      'USAGE',
      `With --for, the name is a pattern with ${personPattern} in it, once for all notebooks.`,
      { hint: `nubes-nb create 'lpd-${personPattern}' --for FILE` },
    );
  }
  return checkEntries(eachPerson({ name: pattern }, await peopleIn(app, file)), checkName);
}

/** The entries of a manifest; one with `{name}` in its name is a notebook for each person of `--for FILE`. Throws USAGE. */
export async function expandPeople(
  app: App,
  entries: readonly ManifestEntry[],
  file: string | undefined,
): Promise<readonly ManifestEntry[]> {
  const { personPattern } = await import('../../manifest/ranges.ts');
  const isPattern = ({ name }: ManifestEntry) => name.includes(personPattern);
  const pattern = entries.find(isPattern);
  if (file === undefined) {
    if (pattern === undefined) return entries;
    const { position, name } = pattern;
    throw new NubesError('USAGE', `${position}: ${name} is a notebook for each person of a list.`, {
      hint: 'nubes-nb apply --for FILE reads the list',
    });
  }
  if (pattern === undefined) {
    throw new NubesError('USAGE', `No name of the manifest has ${personPattern} in it.`, {
      hint: `with --for, a notebook such as name: lpd-${personPattern} is made for each person`,
    });
  }
  const { eachPerson } = await import('../../manifest/people.ts');
  const people = await peopleIn(app, file);
  return entries.flatMap((entry) => {
    if (!isPattern(entry)) return [entry];
    if (entry.for === undefined) return eachPerson(entry, people);
    throw new NubesError('USAGE', `${entry.for.position}: ${entry.name} is for each person.`, {
      hint: 'remove for, or give the notebook a name of its own',
    });
  });
}
