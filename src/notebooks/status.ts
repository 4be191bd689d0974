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

/** Nova is at work with it: ending the login now would leave it in ERROR. */
export function isUnderWay(status: NotebookStatus): boolean {
  return ['creating', 'starting', 'stopping', 'deleting'].includes(status);
}

/** A VM runs, or will in a moment. */
export function isOn(status: NotebookStatus): boolean {
  return ['creating', 'starting', 'ready', 'running', 'unreachable'].includes(status);
}

/** A VM that only a start brings up again. */
export function isOff(status: NotebookStatus): boolean {
  return status === 'stopped' || status === 'stopping';
}

/** `start` can bring it to a page one can work in. */
export function canStart(status: NotebookStatus): boolean {
  return isOn(status) || isOff(status);
}

/** `stop` means something: it is on, or Nova lost it on the way. */
export function canStop(status: NotebookStatus): boolean {
  return status !== 'creating' && status !== 'released' && status !== 'deleting';
}
