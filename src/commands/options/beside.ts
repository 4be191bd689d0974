import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep, win32 } from 'node:path';
import { NubesError } from '../../errors.ts';

/**
 * The file that a list or a manifest names, which may come from somebody else: below its folder, also after
 * links, as what is in the file goes to Nova, where every member of the project reads it. Throws USAGE.
 */
export async function fileBeside(folder: string, file: string): Promise<string> {
  if (isAbsolute(file) || win32.isAbsolute(file) || file.startsWith('~')) throw outside(file);
  const [root, path] = await Promise.all([real(folder, folder), real(join(folder, file), file)]);
  const way = relative(root, path);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) throw outside(file);
  if ((await stat(path)).isFile()) return path;
  throw new NubesError('USAGE', `${file} is no regular file.`);
}

async function real(path: string, shown: string): Promise<string> {
  return realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw new NubesError('USAGE', `${shown} cannot be read (${error.code ?? 'unknown reason'}).`);
  });
}

function outside(file: string): NubesError {
  return new NubesError('USAGE', `${file} is not in the folder that it would have to be in.`, {
    hint: 'put it beside what names it, and name it by a relative path.',
  });
}
