import type { AuthContext } from '../auth.ts';
import type { Reply } from '../replies.ts';
import type { CloudRequest } from '../requests.ts';
import type { State } from '../state.ts';
import { conflict, instanceNotFound } from './errors.ts';
import type { ServerRecord, VmState } from './server-record.ts';

/** What a Nova handler gets besides the request. `version` is the requested microversion. */
export interface NovaCall {
  readonly state: State;
  readonly auth: AuthContext;
  /** 90 for 2.90. */
  readonly version: number;
}

/** A server of the caller's project, unless it is deleted. */
export function findServer({ state, auth }: NovaCall, id: string): ServerRecord | undefined {
  const server = state.servers.get(id);
  if (!server || server.vmState === 'deleted') return undefined;
  return auth.admin || server.projectId === auth.projectId ? server : undefined;
}

/** The same, or one that is DELETED. */
export function findShown(call: NovaCall, id: string): ServerRecord | undefined {
  const server = call.state.servers.get(id);
  if (server?.vmState !== 'deleted') return findServer(call, id);
  const isVisible = call.auth.admin || server.projectId === call.auth.projectId;
  return isVisible && !isGone(call.state, server) ? server : undefined;
}

/** Whether `GET` no longer shows the server: a deleted one is DELETED for a moment. */
export function isGone({ now, traits }: State, { terminatedAt, vmState }: ServerRecord): boolean {
  if (vmState !== 'deleted') return false;
  return now().getTime() >= (terminatedAt?.getTime() ?? 0) + traits.deletedMs;
}

/** The reply of `use`, or 404 if there is no such server. */
export function withServer(
  call: NovaCall,
  id: string,
  use: (server: ServerRecord) => Reply,
): Reply {
  const server = findServer(call, id);
  return server ? use(server) : instanceNotFound(id);
}

/** Records an action for os-instance-actions. */
export function recordAction(
  server: ServerRecord,
  request: CloudRequest,
  { auth }: NovaCall,
  action: string,
): void {
  server.actions.push({
    action,
    requestId: request.requestId,
    userId: auth.userId,
    projectId: auth.projectId ?? '',
    startTime: request.at,
    updatedAt: request.at,
  });
}

/** Nova's 409 for a locked server, unless the caller is an administrator. */
export function lockRefusal(server: ServerRecord, { auth }: NovaCall): Reply | undefined {
  if (!server.locked || auth.admin) return undefined;
  return conflict(`Instance ${server.id} is locked`);
}

/** Nova's 409 if the server's state or task does not allow the action. */
export function stateRefusal(
  server: ServerRecord,
  action: string,
  from: readonly VmState[],
): Reply | undefined {
  const cannot = `Cannot '${action}' instance ${server.id} while it is in`;
  if (!from.includes(server.vmState)) return conflict(`${cannot} vm_state ${server.vmState}`);
  return server.taskState === null
    ? undefined
    : conflict(`${cannot} task_state ${server.taskState}`);
}

/** Nova's 409 for a server without a host: shelved, failed, or not yet scheduled. */
export function hostRefusal(server: ServerRecord): Reply | undefined {
  return hasHost(server) ? undefined : conflict(`Instance ${server.id} is not ready`);
}

export function hasHost(server: Readonly<ServerRecord>): boolean {
  if (server.vmState === 'shelved_offloaded') return false;
  if (server.launchedAt !== undefined) return true;
  return server.vmState === 'building' && server.taskState === 'spawning';
}
