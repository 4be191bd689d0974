import { randomUUID } from 'node:crypto';
import type { CloudRequest } from '../requests.ts';
import type { Flavor } from '../site-resources.ts';
import { type NovaCall, recordAction } from './call.ts';
import { startTransition, willFail } from './lifecycle.ts';
import type { Attachment, ServerRecord } from './server-record.ts';

interface CheckedParts {
  readonly flavor: Flavor;
  readonly groups: readonly string[];
  readonly attachments: Attachment[];
}

/** A server that begins to be built. */
export function newServer(
  request: CloudRequest,
  call: NovaCall,
  wanted: Record<string, unknown>,
  { flavor, groups, attachments }: CheckedParts,
): ServerRecord {
  const { state, auth } = call;
  const name = String(wanted['name']);
  const lag = request.faults.get('list-lag');
  const server: ServerRecord = {
    ...emptyServer,
    id: randomUUID(),
    number: state.servers.size + 1,
    name,
    hostname: typeof wanted['hostname'] === 'string' ? wanted['hostname'] : hostnameOf(name),
    userId: auth.userId,
    projectId: auth.projectId ?? '',
    imageId: String(wanted['imageRef'] ?? ''),
    flavor,
    keyName: typeof wanted['key_name'] === 'string' ? wanted['key_name'] : null,
    imageAccount: imageAccount(call, wanted),
    configDrive: wanted['config_drive'] === true || wanted['config_drive'] === 'true',
    userData: typeof wanted['user_data'] === 'string' ? wanted['user_data'] : undefined,
    lacksJupyter: state.images.find(({ id }) => id === wanted['imageRef'])?.lacksJupyter === true,
    indexIsDown: request.faults.has('no-package-index'),
    losesQuota: request.faults.has('quota-after-202'),
    securityGroups: groups,
    attachments,
    metadata: { ...(wanted['metadata'] as Record<string, string> | undefined) },
    tags: [...new Set((wanted['tags'] as string[] | undefined) ?? [])].sort(),
    description: typeof wanted['description'] === 'string' ? wanted['description'] : null,
    created: request.at,
    updated: request.at,
    hiddenUntil: lag === undefined ? undefined : new Date(request.at.getTime() + lag),
    boots: [],
    actions: [],
  };
  const failing = request.faults.has('error-after-202') || server.losesQuota;
  const fails = failing || willFail(state, server);
  const { bootMs } = state.timings;
  startTransition(server, fails ? 'fail' : 'boot', 'scheduling', fails ? bootMs / 2 : bootMs, {
    at: request.at,
    tokenId: auth.token.id,
  });
  recordAction(server, request, call, 'create');
  state.servers.set(server.id, server);
  state.vms.onChange?.(server);
  return server;
}

/** The account that the image creates: `os_admin_user`, or else the creator's name, as on the STFC Cloud. */
function imageAccount(
  { state, auth }: NovaCall,
  { imageRef, key_name: keyName }: Record<string, unknown>,
): ServerRecord['imageAccount'] {
  const image = state.images.find(({ id }) => id === imageRef);
  const user = state.users.find(({ id }) => id === auth.userId);
  const key = state.keyPairs.find((pair) => pair.userId === auth.userId && pair.name === keyName);
  if (user === undefined || key === undefined) return undefined;
  return { name: image?.properties['os_admin_user'] ?? user.name, key: key.publicKey };
}

/** The initial state of a server. */
export const emptyServer = {
  launchedAt: undefined,
  terminatedAt: undefined,
  vmState: 'building',
  taskState: null,
  powerState: 0,
  locked: false,
  lockedReason: null,
  fault: undefined,
  pending: undefined,
  hiddenUntil: undefined,
} as const;

/** Nova's sanitised host name: lower case, only letters, digits, dots and dashes, at most 63 characters. */
export function hostnameOf(name: string): string {
  const plain = name
    .replaceAll(/[ _]/g, '-')
    .replaceAll(/[^\w.-]+/g, '')
    .toLowerCase();
  return plain.slice(0, 63).replaceAll(/^[.-]+|[.-]+$/g, '') || 'server';
}
