import { randomUUID } from 'node:crypto';
import { NubesError } from '../../errors.ts';
import type { ServerSpec } from '../../openstack/compute/servers.ts';
import { rfc3339 } from '../../rfc3339.ts';
import { fingerprintOf } from '../../ssh/key-digest.ts';
import type { PublicKey } from '../../ssh/keys.ts';
import type { Deps } from '../deps.ts';
import { userData } from '../first-boot/cloud-config.ts';
import type { FirstBoot } from '../first-boot/options.ts';
import { guestMetadata } from '../guest.ts';
import { newGuest } from '../guests/token.ts';
import {
  descriptionOf,
  type Identity,
  idleText,
  labelMetadata,
  metadataKeys,
  metadataOf,
  noStaffKeys,
  packagesMark,
  tagsOf,
  vmNameOf,
} from '../identity.ts';
import { digestMark, jupyterToken, tokenDigest } from '../jupyter/token.ts';
import { keyPairName } from '../key-pair-name.ts';
import type { CreateOptions } from './options.ts';
import { keyText, type StaffKey } from './staff-keys.ts';

/** What the cloud has for a new notebook; ids, as Nova requires. */
export interface CloudResources {
  readonly imageId: string;
  readonly imageName: string;
  readonly flavorId: string;
  readonly networkId: string;
  /** The security group with Jupyter's port, for a direct notebook. */
  readonly jupyterGroupId: string | undefined;
  /** The cloud team's. */
  readonly staffKeys: readonly StaffKey[];
}

/** The body of POST /servers, with a request id of its own. Throws CONFIGURATION. */
export async function serverRequest(
  deps: Deps,
  options: CreateOptions,
  key: PublicKey,
  resources: CloudResources,
): Promise<{ readonly request: string; readonly spec: ServerSpec }> {
  const { notebook } = deps.settings;
  const account = checkedAccount(deps);
  const request = randomUUID();
  const identity: Identity = { owner: deps.owner.name, name: options.name, request };
  const token = jupyterToken(await deps.rootSecret(), request);
  const { guest } = options;
  const made = guest && newGuest(await deps.rootSecret(), request, guest);
  const spec: ServerSpec = {
    name: vmNameOf(identity),
    imageId: resources.imageId,
    flavorId: resources.flavorId,
    networkId: resources.networkId,
    keyName: keyPairName(key),
    securityGroups: groupsOf(deps, resources),
    configDrive: notebook.configDrive,
    description: descriptionOf(identity),
    tags: tagsOf(identity),
    metadata: {
      ...metadataOf(identity),
      [metadataKeys.version]: deps.version,
      [metadataKeys.image]: resources.imageName.slice(0, 255),
      [metadataKeys.account]: account,
      [metadataKeys.key]: fingerprintOf(key.line),
      [metadataKeys.port]: String(notebook.port),
      [metadataKeys.token]: digestMark(token),
      [metadataKeys.staffKeys]: staffText(resources.staffKeys),
      ...optionMetadata(options, deps.world.now()),
      ...(made === undefined ? {} : guestMetadata(made.guest)),
    },
    userData: userData({
      ...firstBootOf(deps, options),
      user: account,
      adminKeys: resources.staffKeys.map(({ line }) => line),
      userKeys: withoutRepetition([key.line, ...options.alsoKeys]),
      tokenDigest: tokenDigest(token),
      ...(made === undefined ? {} : { guests: [made.entry] }),
      nonce: request,
    }),
  };
  return { request, spec };
}

/** What flags and settings say of the first boot. */
function firstBootOf(
  { settings: { notebook } }: Deps,
  { access, idleTimeoutMs, requirements }: CreateOptions,
): Omit<FirstBoot, 'user' | 'userKeys' | 'adminKeys' | 'tokenDigest' | 'nonce'> {
  return {
    ownAccount: notebook.account === 'nubes-nb',
    port: notebook.port,
    folder: notebook.folder,
    command: notebook.command,
    idleSeconds: idleTimeoutMs === undefined ? undefined : Math.round(idleTimeoutMs / 1_000),
    direct: access === 'direct',
    hostTemplate: notebook.hostTemplate,
    packages:
      requirements.length === 0 ? undefined : { lines: requirements, index: notebook.packageIndex },
  };
}

function staffText(keys: readonly StaffKey[]): string {
  return keys.map(keyText).join(', ').slice(0, 255) || noStaffKeys;
}

/** The owner's key may be among the further ones. */
function withoutRepetition(lines: readonly string[]): readonly string[] {
  const data = lines.map((line) => line.split(' ')[1]);
  return lines.filter((_, at) => data.indexOf(data[at]) === at);
}

/** `expires` is only shown: nothing happens to the notebook at that time. */
function optionMetadata(options: CreateOptions, now: Date): Record<string, string> {
  const { access, certificate, expiresMs, floatingIp, idleTimeoutMs, requirements } = options;
  const direct = access === 'direct';
  const values = {
    [metadataKeys.idle]: idleTimeoutMs === undefined ? undefined : idleText(idleTimeoutMs),
    [metadataKeys.packages]: requirements.length === 0 ? undefined : packagesMark(requirements),
    [metadataKeys.access]: direct ? access : undefined,
    [metadataKeys.floatingIp]: floatingIp,
    [metadataKeys.certificate]: direct ? certificate?.sha256 : undefined,
    [metadataKeys.expires]:
      expiresMs === undefined ? undefined : rfc3339(new Date(now.getTime() + expiresMs)),
  };
  const given = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return { ...Object.fromEntries(given), ...labelMetadata(options.labels) };
}

function checkedAccount({ account, owner, settings }: Deps): string {
  if (account !== undefined) return account;
  const name = settings.notebook.user ?? owner.name;
  throw new NubesError('CONFIGURATION', `'${name}' is not a valid account name for the VM.`, {
    hint: 'nubes-nb config set notebook.user NAME, with a valid Linux user name',
  });
}

/** Nova adds the project's default group only if the request names none. */
function groupsOf({ settings }: Deps, { jupyterGroupId }: CloudResources): readonly string[] {
  const configured = settings.notebook.securityGroups;
  if (jupyterGroupId === undefined) return configured;
  return [...(configured.length === 0 ? ['default'] : configured), jupyterGroupId];
}
