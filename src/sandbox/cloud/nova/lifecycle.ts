import { hugeVcpus } from '../site-resources.ts';
import type { State } from '../state.ts';
import { lostQuotaMessage } from './quotas.ts';
import type { Fault, PendingTransition, ServerRecord, VmState } from './server-record.ts';

/** Completes the transitions that are due by the cloud's clock. Called before each request is handled. */
export function advanceServers(state: State): void {
  const now = state.now();
  for (const server of state.servers.values()) advanceServer(state, server, now);
}

function advanceServer(state: State, server: ServerRecord, now: Date): void {
  const { pending } = server;
  if (!pending) return;
  if (now >= pending.due) {
    server.pending = undefined;
    complete(state, server, pending);
    server.updated = pending.due;
    finishAction(server, pending.due);
    state.vms.onChange?.(server);
  } else if (server.taskState === spawningAfter.get(pending.goal)) {
    const spawning =
      pending.since.getTime() + (pending.due.getTime() - pending.since.getTime()) / 4;
    if (now.getTime() >= spawning) server.taskState = 'spawning';
  }
}

/** The task before `spawning`, for each goal that has both. */
const spawningAfter: ReadonlyMap<PendingTransition['goal'], string> = new Map([
  ['boot', 'scheduling'],
  ['unshelve', 'unshelving'],
]);

function complete(
  state: State,
  server: ServerRecord,
  { goal, due, tokenId }: PendingTransition,
): void {
  const needsNetwork = goal === 'boot' || goal === 'delete';
  if (needsNetwork && isRevoked(state, tokenId)) failNetworking(server, due);
  else if (goal === 'fail') failBuild(state, server, due);
  else if (goal === 'delete') completeDelete(state, server, due);
  else if (goal === 'unshelve' && server.flavor.vcpus >= hugeVcpus) failUnshelve(server);
  else enterState(state, server, goal, due);
}

function enterState(
  state: State,
  server: ServerRecord,
  goal: Exclude<PendingTransition['goal'], 'fail' | 'delete'>,
  due: Date,
): void {
  const [vmState, powerState] = statesByGoal[goal];
  server.vmState = vmState;
  server.powerState = powerState;
  server.taskState = null;
  if (goal === 'boot') {
    server.launchedAt = due;
    for (const attachment of server.attachments) {
      attachment.address ??= state.vms.addressFor(server);
    }
  }
  if (goal === 'boot' || goal === 'start' || goal === 'reboot' || goal === 'unshelve') {
    server.boots.push(due);
  }
}

const statesByGoal: Readonly<
  Record<Exclude<PendingTransition['goal'], 'fail' | 'delete'>, [VmState, 0 | 1 | 4]>
> = {
  boot: ['active', 1],
  stop: ['stopped', 4],
  start: ['active', 1],
  reboot: ['active', 1],
  shelve: ['shelved_offloaded', 4],
  unshelve: ['active', 1],
};

function failBuild(state: State, server: ServerRecord, at: Date): void {
  server.fault = faultOf(state, server, at);
  server.vmState = 'error';
  server.taskState = null;
  server.attachments.length = 0;
}

function faultOf(state: State, server: ServerRecord, created: Date): Fault {
  if (server.losesQuota) {
    return { code: 413, created, message: lostQuotaMessage(state, server), isListed: true };
  }
  if (!onExternalNetwork(state, server)) {
    return { code: 500, created, message: 'No valid host was found. ', isListed: false };
  }
  const aborted = 'aborted: Failed to allocate the network(s), not rescheduling.';
  const message = `Build of instance ${server.id} ${aborted}`;
  return { code: 500, created, message, isListed: true };
}

/** The server stays shelved, without a fault. */
function failUnshelve(server: ServerRecord): void {
  server.taskState = null;
  const last = server.actions.at(-1);
  if (last) last.failedEvent = 'schedule_instances';
}

/** Revoked, or its application credential is deleted. Services still accept an expired token from Nova. */
function isRevoked(state: State, tokenId: string): boolean {
  const token = state.tokens.get(tokenId);
  if (!token) return false;
  const { credentialId } = token;
  return token.revoked || (credentialId !== undefined && !state.credentials.has(credentialId));
}

function failNetworking(server: ServerRecord, at: Date): void {
  server.vmState = 'error';
  server.taskState = null;
  const message = 'Networking client is experiencing an unauthorized exception.';
  server.fault = { code: 400, created: at, message, isListed: true };
}

function completeDelete(state: State, server: ServerRecord, at: Date): void {
  server.vmState = 'deleted';
  server.taskState = null;
  server.powerState = 0;
  server.terminatedAt = at;
  server.tags = [];
  const ports = new Set(server.attachments.map((attachment) => attachment.portId));
  server.attachments.length = 0;
  for (const floating of state.floatingIps) {
    if (floating.portId !== null && ports.has(floating.portId)) floating.portId = null;
  }
}

function finishAction(server: ServerRecord, at: Date): void {
  const last = server.actions.at(-1);
  if (last) last.updatedAt = at;
}

/** Starts a transition, which `advanceServers` completes `milliseconds` later. */
export function startTransition(
  server: ServerRecord,
  goal: PendingTransition['goal'],
  taskState: string,
  milliseconds: number,
  { at, tokenId }: { readonly at: Date; readonly tokenId: string },
): void {
  const due = new Date(at.getTime() + milliseconds);
  server.taskState = taskState;
  server.updated = at;
  server.pending = { goal, since: at, due, tokenId };
}

/** Whether Nova accepts the request, but the build fails. */
export function willFail(state: State, server: Readonly<ServerRecord>): boolean {
  return server.flavor.vcpus >= hugeVcpus || onExternalNetwork(state, server);
}

function onExternalNetwork({ networks }: State, { attachments }: Readonly<ServerRecord>): boolean {
  return attachments.some(({ networkId }) =>
    networks.some((network) => network.id === networkId && network.external && !network.shared),
  );
}
