import { constants, type Dir, type Stats } from 'node:fs';
import {
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  open,
  opendir,
  readlink,
  rename,
  rmdir,
  stat,
  symlink,
  truncate,
  unlink,
  utimes,
} from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Attributes, FileEntry } from 'ssh2';
import { attributesOf, longName } from './attributes.ts';
import { clientPath, entryOf, followed, linkText, type Tree, writable } from './paths.ts';
import { ServerStatus } from './status.ts';

const maxHandles = 100;
const maxReadBytes = 128 * 1024;
const maxFileBytes = 16 * 1024 ** 3;
const namesPerAnswer = 100;

/** Bits of SFTP's SSH_FXP_OPEN. */
const openBits = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 };

type Opened = { readonly file: FileHandle } | { readonly folder: Dir };
type Changes = Partial<Attributes>;

/** What an SFTP client may ask of the files in a tree. Failed requests throw. */
export type Requests = ReturnType<typeof createRequests>;

export function createRequests(tree: Tree) {
  const opened = new Map<number, Opened>();
  let lastHandle = 0;

  const keep = async (make: () => Promise<Opened>): Promise<Buffer> => {
    if (opened.size >= maxHandles) throw new ServerStatus('FAILURE');
    const made = await make();
    lastHandle = (lastHandle + 1) % 2 ** 32;
    opened.set(lastHandle, made);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(lastHandle);
    return handle;
  };
  const openedAs = (handle: Buffer): Opened => {
    const found = handle.length === 4 ? opened.get(handle.readUInt32BE()) : undefined;
    if (found === undefined) throw new ServerStatus('FAILURE');
    return found;
  };
  const fileOf = (handle: Buffer): FileHandle => {
    const found = openedAs(handle);
    if ('folder' in found) throw new ServerStatus('FAILURE');
    return found.file;
  };

  return {
    open: (path: string, bits: number, { mode = 0o666 }: Changes) =>
      keep(async () => {
        const file =
          bits & openBits.create ? await writable(tree, path) : await followed(tree, path);
        return { file: await openRegular(file, flagsOf(bits), mode & 0o777) };
      }),
    read: async (handle: Buffer, offset: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.allocUnsafe(Math.min(length, maxReadBytes));
      if (offset >= maxFileBytes) throw new ServerStatus('EOF');
      const { bytesRead } = await fileOf(handle).read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) throw new ServerStatus('EOF');
      return buffer.subarray(0, bytesRead);
    },
    write: async (handle: Buffer, offset: number, data: Buffer): Promise<void> => {
      checkSize(offset + data.length);
      const file = fileOf(handle);
      for (let at = 0; at < data.length; ) {
        const { bytesWritten } = await file.write(data, at, data.length - at, offset + at);
        at += bytesWritten;
      }
    },
    close: async (handle: Buffer): Promise<void> => {
      const found = openedAs(handle);
      opened.delete(handle.readUInt32BE());
      await closeOpened(found);
    },
    fstat: async (handle: Buffer) => attributesOf(await fileOf(handle).stat()),
    fsetstat: async (handle: Buffer, changes: Changes): Promise<void> => {
      const file = fileOf(handle);
      await change(await file.stat(), changes, {
        truncate: (size) => file.truncate(size),
        chmod: (mode) => file.chmod(mode),
        utimes: (accessed, modified) => file.utimes(accessed, modified),
      });
    },
    stat: async (path: string) => attributesOf(await stat(await followed(tree, path))),
    lstat: async (path: string) => attributesOf(await lstat(await entryOf(tree, path))),
    setstat: async (path: string, changes: Changes): Promise<void> => {
      const file = await followed(tree, path);
      await change(await stat(file), changes, {
        truncate: (size) => truncate(file, size),
        chmod: (mode) => chmod(file, mode),
        utimes: (accessed, modified) => utimes(file, accessed, modified),
      });
    },
    opendir: (path: string) =>
      keep(async () => ({ folder: await opendir(await followed(tree, path)) })),
    readdir: async (handle: Buffer): Promise<FileEntry[]> => {
      const found = openedAs(handle);
      if ('file' in found) throw new ServerStatus('FAILURE');
      const entries = await nextEntries(found.folder);
      if (entries.length === 0) throw new ServerStatus('EOF');
      return entries;
    },
    remove: async (path: string) => unlink(await entryOf(tree, path)),
    mkdir: async (path: string, { mode = 0o777 }: Changes): Promise<void> => {
      await mkdir(await entryOf(tree, path), { mode: mode & 0o777 });
    },
    rmdir: async (path: string) => rmdir(await entryOf(tree, path)),
    realpath: async (path: string) => clientPath(tree, path),
    /** Version 3 replaces no file. */
    rename: async (from: string, to: string): Promise<void> => {
      const [source, target] = [await entryOf(tree, from), await entryOf(tree, to)];
      if (await exists(target)) throw new ServerStatus('FAILURE');
      await rename(source, target);
    },
    readlink: async (path: string): Promise<string> => {
      const target = await readlink(await entryOf(tree, path));
      return isAbsolute(target) ? clientPath(tree, target) : target;
    },
    symlink: async (link: string, target: string): Promise<void> => {
      const entry = await entryOf(tree, link);
      await symlink(linkText(tree, entry, target), entry);
    },
    closeAll: async (): Promise<void> => {
      const all = [...opened.values()];
      opened.clear();
      await Promise.allSettled(all.map(closeOpened));
    },
  };
}

function flagsOf(bits: number): number {
  const { O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_EXCL } = constants;
  const isWritten = (bits & openBits.write) !== 0;
  const access = isWritten ? (bits & openBits.read ? O_RDWR : O_WRONLY) : O_RDONLY;
  const others: readonly [number, number][] = [
    [openBits.append, O_APPEND],
    [openBits.create, O_CREAT],
    [openBits.truncate, O_TRUNC],
    [openBits.exclusive, O_EXCL],
  ];
  return others.reduce((flags, [bit, flag]) => flags | (bits & bit ? flag : 0), access);
}

/** A FIFO would block, and a device is no file of the VM. */
async function openRegular(path: string, flags: number, mode: number): Promise<FileHandle> {
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const file = await open(path, flags | O_NOFOLLOW | O_NONBLOCK, mode);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new ServerStatus('FAILURE');
}

interface Changing {
  readonly truncate: (size: number) => Promise<void>;
  readonly chmod: (mode: number) => Promise<void>;
  readonly utimes: (accessed: number, modified: number) => Promise<void>;
}

async function change(stats: Stats, changes: Changes, file: Changing): Promise<void> {
  const { size, uid = stats.uid, gid = stats.gid, mode, atime, mtime } = changes;
  if (uid !== stats.uid || gid !== stats.gid) throw new ServerStatus('PERMISSION_DENIED');
  if (size !== undefined) {
    checkSize(size);
    await file.truncate(size);
  }
  if (mode !== undefined) await file.chmod(mode & 0o777);
  if (atime !== undefined && mtime !== undefined) await file.utimes(atime, mtime);
}

function checkSize(bytes: number): void {
  if (bytes > maxFileBytes) throw new ServerStatus('FAILURE');
}

async function nextEntries(folder: Dir): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  while (entries.length < namesPerAnswer) {
    const found = await folder.read();
    if (found === null) break;
    const { name, parentPath } = found;
    const stats = await lstat(join(parentPath, name)).catch(() => undefined);
    if (stats === undefined) continue;
    entries.push({ filename: name, longname: longName(name, stats), attrs: attributesOf(stats) });
  }
  return entries;
}

function closeOpened(opened: Opened): Promise<void> {
  return 'file' in opened ? opened.file.close() : opened.folder.close();
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
