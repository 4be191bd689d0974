import type { Server } from '../openstack/compute/servers.ts';

/** In the order of a VM's life, by which lists are sorted. */
export const notebookStatuses = [
  'creating',
  'starting',
  'ready',
  'running',
  'unreachable',
  'stopping',
  'stopped',
  'released',
  'deleting',
  'error',
  'unknown',
] as const;

/** A notebook's status as users see it. `running`: ACTIVE in Nova, and Jupyter was not checked. */
export type NotebookStatus = (typeof notebookStatuses)[number];

const byTask: ReadonlyMap<string, NotebookStatus> = new Map([
  ['powering-off', 'stopping'],
  ['powering-on', 'starting'],
  ['deleting', 'deleting'],
  ['soft-deleting', 'deleting'],
  ['rebooting', 'starting'],
  ['reboot_pending', 'starting'],
  ['reboot_started', 'starting'],
  ['rebooting_hard', 'starting'],
  ['spawning', 'creating'],
  ['unshelving', 'starting'],
  ['shelving', 'stopping'],
  ['shelving_image_pending_upload', 'stopping'],
  ['shelving_image_uploading', 'stopping'],
  ['shelving_offloading', 'stopping'],
]);

const byStatus: ReadonlyMap<string, NotebookStatus> = new Map([
  ['BUILD', 'creating'],
  ['ACTIVE', 'running'],
  ['SHUTOFF', 'stopped'],
  ['REBOOT', 'starting'],
  ['HARD_REBOOT', 'starting'],
  ['SHELVED', 'released'],
  ['SHELVED_OFFLOADED', 'released'],
  ['DELETED', 'deleting'],
  ['SOFT_DELETED', 'deleting'],
  ['ERROR', 'error'],
]);

/** A server that is changing keeps its old status in Nova and has a task. */
export function statusOf({ status, taskState }: Server): NotebookStatus {
  if (status === 'ERROR') return 'error';
  const task = taskState === null ? undefined : byTask.get(taskState);
  if (task === 'creating' && isShelved({ status })) return 'starting';
  if (task !== undefined && !(status === 'BUILD' && task === 'creating')) return task;
  return byStatus.get(status) ?? 'unknown';
}

/** The disk is in the image store; Nova starts such a server only by unshelving it. */
export function isShelved({ status }: Pick<Server, 'status'>): boolean {
  return status === 'SHELVED' || status === 'SHELVED_OFFLOADED';
}

/** Nova is still processing a request: revoking the token now would put the server in ERROR. */
export function isUnderWay(status: NotebookStatus): boolean {
  return ['creating', 'starting', 'stopping', 'deleting'].includes(status);
}

/** Whether a deletion has begun; Nova or a host may still show the server for a while. */
export function isBeingDeleted({ status, taskState }: Server): boolean {
  const isTask = taskState === 'deleting' || taskState === 'soft-deleting';
  return isTask || status === 'DELETED' || status === 'SOFT_DELETED';
}

/** The VM runs or is about to. */
export function isOn(status: NotebookStatus): boolean {
  return ['creating', 'starting', 'ready', 'running', 'unreachable'].includes(status);
}

/** The VM needs a start to run again. */
export function isOff(status: NotebookStatus): boolean {
  return status === 'stopped' || status === 'stopping' || status === 'released';
}

/** Whether `start` may lead to `ready`. */
export function canStart(status: NotebookStatus): boolean {
  return isOn(status) || isOff(status);
}

/** Whether `stop` makes sense: the VM is on, or its state is unclear. */
export function canStop(status: NotebookStatus): boolean {
  return status !== 'creating' && status !== 'released' && status !== 'deleting';
}
