import { chmod, lstat, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Deps } from '../notebooks/deps.ts';
import { forgetVm } from '../notebooks/local-state.ts';
import { forgetHost } from '../ssh/host-files.ts';
import { findLeftovers } from './leftovers.ts';
import { openToOthers, staleLocks } from './state-folder.ts';
import type { Subject } from './subject.ts';

/**
 * Repairs what only this program writes, and returns a sentence for each repair. What fails is left: the checks that
 * follow report it.
 */
export async function repair(subject: Subject): Promise<readonly string[]> {
  const { world, places } = subject;
  const modes = world.platform === 'win32' ? [] : await attempt(() => closeToOthers(places.state));
  const locks = await attempt(() => removeLocks([places.state, dirname(places.config)]));
  // A state file that others may write keeps the login from being used, so its mode comes first.
  const entries = await attempt(async () => {
    const deps = await subject.deps();
    return removeEntries({ ...deps, warn: () => {} });
  });
  return [...modes, ...locks, ...entries];
}

async function attempt(work: () => Promise<readonly string[]>): Promise<readonly string[]> {
  return work().catch(() => []);
}

async function closeToOthers(folder: string): Promise<readonly string[]> {
  const paths = await openToOthers(folder);
  const closed: string[] = [];
  for (const path of paths) {
    const isFolder = (await lstat(path)).isDirectory();
    await chmod(path, isFolder ? 0o700 : 0o600);
    closed.push(`Only you can read ${path} now.`);
  }
  return closed;
}

async function removeLocks(folders: readonly string[]): Promise<readonly string[]> {
  const locks = (await Promise.all(folders.map(staleLocks))).flat();
  const removed: string[] = [];
  for (const lock of locks) {
    await rmdir(lock);
    removed.push(`Removed the lock of a process that is gone: ${lock}.`);
  }
  return removed;
}

async function removeEntries(deps: Deps): Promise<readonly string[]> {
  const { hosts, vms } = await findLeftovers(deps);
  for (const name of hosts) await forgetHost(deps.hostFiles, name);
  for (const id of vms) await forgetVm(deps, id);
  return [
    ...hosts.map((name) => `Removed ${name}, which is gone, from our ssh_config.`),
    ...vms.map((id) => `Removed the VM ${id}, which is gone, from our known_hosts.`),
  ];
}
