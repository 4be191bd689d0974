import type { Stats } from 'node:fs';
import type { Attributes } from 'ssh2';

export function attributesOf(stats: Stats): Attributes {
  const { size, uid, gid, mode, atimeMs, mtimeMs } = stats;
  return { size, uid, gid, mode, atime: seconds(atimeMs), mtime: seconds(mtimeMs) };
}

/** A line as of `ls -l`, which sftp prints as it is. */
export function longName(name: string, stats: Stats): string {
  const { nlink, uid, gid, size, mtime } = stats;
  const time = mtime.toISOString().slice(0, 16).replace('T', ' ');
  const [links, owner, group] = [String(nlink).padStart(3), pad(uid), pad(gid)];
  return `${modeText(stats)} ${links} ${owner} ${group} ${String(size).padStart(8)} ${time} ${name}`;
}

function pad(id: number): string {
  return String(id).padEnd(8);
}

/** `drwxr-xr-x` */
function modeText(stats: Stats): string {
  const kind = stats.isDirectory() ? 'd' : stats.isSymbolicLink() ? 'l' : '-';
  const bits = [...'rwxrwxrwx'].map((letter, at) => (stats.mode & (0o400 >> at) ? letter : '-'));
  return kind + bits.join('');
}

/** SFTP has 32 bits for it. */
function seconds(milliseconds: number): number {
  return Math.min(Math.max(0, Math.floor(milliseconds / 1000)), 0xffff_ffff);
}
