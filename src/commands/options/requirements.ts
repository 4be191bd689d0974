import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep, win32 } from 'node:path';
import type { App } from '../../app.ts';
import { NubesError, reasonOf } from '../../errors.ts';
import type { Fields } from '../../manifest/fields.ts';
import { absolute } from '../../settings/places.ts';
import { readText } from './selection.ts';

/** An entry with its requirements files replaced by their packages. */
export type WithPackages<ManifestEntry> = Omit<ManifestEntry, 'requirements'> & {
  readonly requirements?: readonly string[] | undefined;
};

/** The packages of `--requirements FILE`. Throws USAGE with file and line. */
export async function packagesIn({ world }: App, file: string): Promise<readonly string[]> {
  return packagesOf(absolute(world, file, world.cwd), file);
}

async function packagesOf(path: string, shown: string): Promise<readonly string[]> {
  const { readRequirements } = await import('../../manifest/requirements.ts');
  return readRequirements(await readText(path, shown), shown);
}

/**
 * Reads the requirements files of entries, each once. They must be in the folder of the file that the
 * entries come from, or in the working directory if they come from stdin. Throws USAGE with file and line.
 */
export async function withPackages<ManifestEntry extends Fields>(
  { world }: App,
  entries: readonly ManifestEntry[],
  from: string | undefined,
): Promise<readonly WithPackages<ManifestEntry>[]> {
  const isFile = from !== undefined && from !== '-';
  const folder = isFile ? dirname(absolute(world, from, world.cwd)) : world.cwd;
  const files = new Map<string, Promise<readonly string[]>>();
  const read = ({ file, position }: { readonly file: string; readonly position: string }) => {
    const readFile = async () => packagesOf(await fileInside(folder, file), file);
    const known = files.get(file) ?? readFile().catch(addPosition(position));
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

function addPosition(position: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof NubesError)) throw error;
    const { code, message, hint } = error;
    throw new NubesError(code, `${position}: cannot use the requirements file: ${message}`, {
      hint: hint ?? 'to list packages directly, write [numpy, scipy]',
    });
  };
}

/**
 * The path of a file that a list or manifest names. That text may come from another person, and the file is
 * sent to Nova, where all project members can read it: so it must be below `folder`, also after symbolic
 * links. Throws USAGE.
 */
async function fileInside(folder: string, file: string): Promise<string> {
  if (isAbsolute(file) || win32.isAbsolute(file) || file.startsWith('~')) {
    throw outside(folder, file);
  }
  const [root, path] = await Promise.all([real(folder, folder), real(join(folder, file), file)]);
  const fromRoot = relative(root, path);
  if (fromRoot === '..' || fromRoot.startsWith(`..${sep}`) || isAbsolute(fromRoot)) {
    throw outside(folder, file);
  }
  if ((await stat(path)).isFile()) return path;
  throw new NubesError('USAGE', `${file} is not a regular file.`);
}

async function real(path: string, shown: string): Promise<string> {
  return realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw new NubesError(
      'USAGE',
      `${shown} cannot be read: ${reasonOf(error.code ?? 'unknown reason')}.`,
    );
  });
}

function outside(folder: string, file: string): NubesError {
  return new NubesError('USAGE', `${file} is not in the folder ${folder}.`, {
    hint: 'move it there, and write its path relative to that folder',
  });
}
