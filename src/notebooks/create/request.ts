import { randomUUID } from 'node:crypto';
import { NubesError } from '../../errors.ts';
import type { ServerSpec } from '../../openstack/compute/servers.ts';
import { rfc3339 } from '../../rfc3339.ts';
import { keyDigest, type PublicKey } from '../../ssh/keys.ts';
import type { Deps } from '../deps.ts';
import { userData } from '../first-boot/cloud-config.ts';
import {
  descriptionOf,
  type Identity,
  idleText,
  labelMetadata,
  metadataKeys,
  metadataOf,
  packagesMark,
  tagsOf,
  vmNameOf,
} from '../identity.ts';
import { digestMark, jupyterToken, tokenDigest } from '../jupyter/token.ts';
import type { CreateOptions } from './submit.ts';

/** What was chosen for a notebook, by id where Nova wants one. */
export interface ResolvedOptions {
  readonly imageId: string;
  readonly imageName: string;
  readonly flavorId: string;
  readonly networkId: string;
  /** The security group with Jupyter's port, of a direct notebook. */
  readonly jupyterGroupId: string | undefined;
  /** SHA-256 of the site's certificate that a direct notebook is to show. */
  readonly certificate: string | undefined;
}

/** The create request of a notebook, with a request id of its own. Throws CONFIGURATION. */
export async function serverRequest(
  deps: Deps,
  {
    name,
    labels = {},
    requirements = [],
    floatingIp,
  }: Pick<CreateOptions, 'name' | 'labels' | 'requirements' | 'floatingIp'>,
  key: PublicKey,
  chosen: ResolvedOptions,
): Promise<{ readonly request: string; readonly spec: ServerSpec }> {
  const { notebook, siteTeam } = deps.settings;
  const account = checkedAccount(deps);
  const direct = notebook.access === 'direct';
  const request = randomUUID();
  const identity: Identity = { owner: deps.owner.name, name, request };
  const token = jupyterToken(await deps.rootSecret(), request);
  const idleSeconds =
    notebook.idleTimeout === undefined ? undefined : Math.round(notebook.idleTimeout / 1_000);
  const spec: ServerSpec = {
    name: vmNameOf(identity),
    imageId: chosen.imageId,
    flavorId: chosen.flavorId,
    networkId: chosen.networkId,
    keyName: keyPairName(key),
    securityGroups: groupsOf(deps, chosen),
    configDrive: notebook.configDrive,
    description: descriptionOf(identity),
    tags: tagsOf(identity),
    metadata: {
      ...metadataOf(identity),
      [metadataKeys.version]: deps.version,
      [metadataKeys.image]: chosen.imageName.slice(0, 255),
      [metadataKeys.account]: account,
      [metadataKeys.port]: String(notebook.port),
      [metadataKeys.token]: digestMark(token),
      ...(notebook.idleTimeout === undefined
        ? {}
        : { [metadataKeys.idle]: idleText(notebook.idleTimeout) }),
      ...(requirements.length === 0 ? {} : { [metadataKeys.packages]: packagesMark(requirements) }),
      ...(direct ? { [metadataKeys.access]: 'direct' } : {}),
      ...(floatingIp === undefined ? {} : { [metadataKeys.floatingIp]: floatingIp }),
      ...(chosen.certificate === undefined
        ? {}
        : { [metadataKeys.certificate]: chosen.certificate }),
      ...expiry(deps),
      ...labelMetadata(labels),
    },
    userData: userData({
      user: account,
      ownAccount: notebook.account === 'nubes-nb',
      userKeys: [key.line],
      adminKeys: siteTeam.adminKeys,
      tokenDigest: tokenDigest(token),
      nonce: request,
      port: notebook.port,
      folder: notebook.folder,
      command: notebook.command,
      idleSeconds,
      direct,
      hostTemplate: notebook.hostTemplate,
      packages:
        requirements.length === 0
          ? undefined
          : { lines: requirements, index: notebook.packageIndex },
    }),
  };
  return { request, spec };
}

function checkedAccount({ account, owner, settings }: Deps): string {
  if (account !== undefined) return account;
  const name = settings.notebook.user ?? owner.name;
  throw new NubesError('CONFIGURATION', `'${name}' cannot be an account on a VM.`, {
    hint: 'nubes-nb config set notebook.user NAME, with a name that Linux takes.',
  });
}

/** Nova gives the project's default group only where none is named. */
function groupsOf({ settings }: Deps, { jupyterGroupId }: ResolvedOptions): readonly string[] {
  const named = settings.notebook.securityGroups;
  if (jupyterGroupId === undefined) return named;
  return [...(named.length === 0 ? ['default'] : named), jupyterGroupId];
}

/** When its owner means to be done with it; shown, and nothing is done to the notebook then. */
function expiry({ settings, world }: Deps): Record<string, string> {
  const { expires } = settings.notebook;
  if (expires === undefined) return {};
  const at = new Date(world.now().getTime() + expires);
  return { [metadataKeys.expires]: rfc3339(at) };
}

/** A key pair's name tells its key, so one that exists is the right one, and Nova need not be asked. */
export function keyPairName(key: PublicKey): string {
  return `nubes-nb-${keyDigest(key)}`;
}
