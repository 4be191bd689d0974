import type { Server } from '../openstack/compute/servers.ts';

/** A notebook's state in users' words. `running` = Nova says ACTIVE and Jupyter was not asked. */
export type NotebookStatus =
  | 'creating'
  | 'starting'
  | 'ready'
  | 'running'
  | 'unreachable'
  | 'stopping'
  | 'stopped'
  | 'released'
  | 'deleting'
  | 'error'
  | 'unknown';

const byTask: Readonly<Record<string, NotebookStatus>> = {
  'powering-off': 'stopping',
  'powering-on': 'starting',
  deleting: 'deleting',
  'soft-deleting': 'deleting',
  rebooting: 'starting',
  reboot_pending: 'starting',
  reboot_started: 'starting',
  rebooting_hard: 'starting',
  spawning: 'creating',
  unshelving: 'starting',
  shelving: 'stopping',
  shelving_offloading: 'stopping',
};

const byStatus: Readonly<Record<string, NotebookStatus>> = {
  BUILD: 'creating',
  ACTIVE: 'running',
  SHUTOFF: 'stopped',
  REBOOT: 'starting',
  HARD_REBOOT: 'starting',
  SHELVED: 'released',
  SHELVED_OFFLOADED: 'released',
  DELETED: 'deleting',
  SOFT_DELETED: 'deleting',
  ERROR: 'error',
};

/** Nova's status is not enough: a server on its way keeps the old one and has a task. */
export function statusOf({ status, taskState }: Server): NotebookStatus {
  if (status === 'ERROR') return 'error';
  const task = taskState === null ? undefined : byTask[taskState];
  if (task !== undefined && !(status === 'BUILD' && task === 'creating')) return task;
  return byStatus[status] ?? 'unknown';
}
