import type { AuthContext } from '../auth.ts';
import type { Reply } from '../replies.ts';
import type { CloudRequest } from '../requests.ts';
import type { State } from '../state.ts';
import { conflict, instanceNotFound } from './errors.ts';
import type { ServerRecord, VmState } from './server-record.ts';

/** What a Nova endpoint knows besides the request: who asks, and at which microversion. */
export interface NovaCall {
  readonly state: State;
  readonly auth: AuthContext;
  /** 90 for 2.90. */
  readonly version: number;
}

/** A server of the caller's project that is not deleted. */
export function findServer({ state, auth }: NovaCall, id: string): ServerRecord | undefined {
  const server = state.servers.get(id);
  if (!server || server.vmState === 'deleted') return undefined;
  return auth.admin || server.projectId === auth.projectId ? server : undefined;
}

/** Runs `use` on the server, or answers 404. */
export function withServer(
  call: NovaCall,
  id: string,
  use: (server: ServerRecord) => Reply,
): Reply {
  const server = findServer(call, id);
  return server ? use(server) : instanceNotFound(id);
}

/** Notes who did what, as os-instance-actions tells. */
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

/** Nova's 409 for a lock, which only an administrator overrides. */
export function lockRefusal(server: ServerRecord, { auth }: NovaCall): Reply | undefined {
  if (!server.locked || auth.admin) return undefined;
  return conflict(`Instance ${server.id} is locked`);
}

/** Nova's 409 for what a server in such a state, or at such a task, does not take. */
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

/** Nova's 409 for a server without a host: shelved, failed, or not scheduled yet. */
export function hostRefusal(server: ServerRecord): Reply | undefined {
  return hasHost(server) ? undefined : conflict(`Instance ${server.id} is not ready`);
}

export function hasHost(server: Readonly<ServerRecord>): boolean {
  if (server.vmState === 'shelved_offloaded') return false;
  if (server.launchedAt !== undefined) return true;
  return server.vmState === 'building' && server.taskState === 'spawning';
}
