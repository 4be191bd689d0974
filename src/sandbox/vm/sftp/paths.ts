import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import { ServerStatus } from './status.ts';

/** Where an SFTP session may read and write. */
export interface Tree {
  /** A folder of this computer, without links in its path. */
  readonly root: string;
  /** The account's home below it, as `/home/alice`. */
  readonly home: string;
}

/**
 * The file of this computer that a path of the client means, after links. Throws PERMISSION_DENIED if a link
 * points out of the tree.
 */
export async function followed(tree: Tree, path: string): Promise<string> {
  return inside(tree, await realpath(joined(tree, path)));
}

/** The same without following a link at the end; the file itself may be missing. */
export async function entryOf(tree: Tree, path: string): Promise<string> {
  const file = joined(tree, path);
  if (file === tree.root) return file;
  return join(inside(tree, await realpath(dirname(file))), basename(file));
}

/** The same for a file to write: a link to a file that is there is followed. */
export async function writable(tree: Tree, path: string): Promise<string> {
  const entry = await entryOf(tree, path);
  const isMissing = await lstat(entry).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  return isMissing ? entry : followed(tree, path);
}

/** The path without `.` and `..`, as the client sees it. */
export function clientPath(tree: Tree, path: string): string {
  return `/${relative(tree.root, joined(tree, path)).replaceAll(sep, '/')}`;
}

/** What the link at `entry` contains for this target of the client's; none points out of the tree. */
export function linkText(tree: Tree, entry: string, target: string): string {
  const folder = dirname(entry);
  const file = joined(tree, posix.resolve(clientPath(tree, folder), target));
  return target.startsWith('/') ? file : relative(folder, file) || '.';
}

/** Commands print paths of this computer, so they are understood too. */
function joined({ root, home }: Tree, path: string): string {
  if (path === root || path.startsWith(`${root}${sep}`)) return inside({ root }, join(path));
  return join(root, posix.resolve(home, path));
}

function inside({ root }: Pick<Tree, 'root'>, file: string): string {
  const way = relative(root, file);
  const isInside = !isAbsolute(way) && way.split(sep)[0] !== '..';
  if (!isInside) throw new ServerStatus('PERMISSION_DENIED');
  return file;
}
