import { dirname } from 'node:path';
import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import type { Fields } from '../../manifest/fields.ts';
import { absolute } from '../../settings/places.ts';
import { fileBeside } from './beside.ts';
import { readText } from './selection.ts';

/** An entry whose packages are known, as they stand in no file any more. */
export type WithPackages<ManifestEntry> = Omit<ManifestEntry, 'requirements'> & {
  readonly requirements?: readonly string[] | undefined;
};

/** What `--requirements FILE` names. Throws USAGE with file and line. */
export async function packagesIn({ world }: App, file: string): Promise<readonly string[]> {
  return packagesOf(absolute(world, file, world.cwd), file);
}

async function packagesOf(path: string, shown: string): Promise<readonly string[]> {
  const { readRequirements } = await import('../../manifest/requirements.ts');
  return readRequirements(await readText(path, shown), shown);
}

/**
 * Reads the files that entries name, each once. They are beside the file that the entries come from, or
 * here when these come from stdin. Throws USAGE with file and line.
 */
export async function withPackages<ManifestEntry extends Fields>(
  { world }: App,
  entries: readonly ManifestEntry[],
  from: string | undefined,
): Promise<readonly WithPackages<ManifestEntry>[]> {
  const isFile = from !== undefined && from !== '-';
  const folder = isFile ? dirname(absolute(world, from, world.cwd)) : world.cwd;
  const files = new Map<string, Promise<readonly string[]>>();
  const read = ({ file, place }: { readonly file: string; readonly place: string }) => {
    const beside = async () => packagesOf(await fileBeside(folder, file), file);
    const known = files.get(file) ?? beside().catch(at(place));
    files.set(file, known);
    return known;
  };
  return Promise.all(
    entries.map(async ({ requirements, ...entry }) => ({
      ...entry,
      requirements: isList(requirements) ? requirements : await read(requirements),
    })),
  );
}

function isList(
  requirements: Fields['requirements'],
): requirements is readonly string[] | undefined {
  return requirements === undefined || Array.isArray(requirements);
}

function at(place: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof NubesError)) throw error;
    const { code, message, hint } = error;
    throw new NubesError(code, `${place}: requirements names a file: ${message}`, {
      hint: hint ?? 'packages themselves are written as a list, such as [numpy, scipy].',
    });
  };
}
