import { randomUUID } from 'node:crypto';
import { NubesError } from '../errors.ts';
import * as keypairs from '../openstack/compute/keypairs.ts';
import * as limits from '../openstack/compute/limits.ts';
import type { Server, ServerSpec } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { ApiError, ConnectionError } from '../openstack/errors.ts';
import { findKey, keyDigest, makeKey, type PublicKey } from '../ssh/keys.ts';
import { checkFit, chooseImage, chooseNetwork, chooseSize } from './choices.ts';
import { userData } from './first-boot/first-boot.ts';
import { descriptionOf, type Identity, metadataOf, tagsOf, vmNameOf } from './identity.ts';
import type { JournalEntry } from './journal.ts';
import { describe } from './notebook.ts';
import type { Desk } from './notebooks.ts';
import { checkPersonalLimit, checkQuota } from './quota.ts';
import { mine, ownOf } from './search.ts';
import { jupyterToken, tokenDigest } from './token.ts';

/** What a user wishes for; what is left out comes from the settings. */
export interface Wish {
  readonly name: string;
  readonly image?: string | undefined;
  readonly size?: string | undefined;
  readonly network?: string | undefined;
  /** The SSH key's file; else the settings' one, else the first of `~/.ssh`. */
  readonly key?: string | undefined;
  /** Asked when there is no key at all. */
  readonly mayMakeKey: () => Promise<boolean>;
}

/** A server that Nova has accepted, and how it was recognised. */
export interface Launched {
  readonly id: string;
  readonly request: string;
}

/** Nova's lists may lag behind an answer that got lost; looked for after these pauses, in ms. */
const adoptionPauses = [2_000, 5_000, 10_000, 13_000];

/**
 * Checks everything that can be checked, then asks Nova once. Throws NAME_TAKEN, LIMIT_REACHED,
 * QUOTA_EXCEEDED, NOT_FOUND for an unknown choice, OUTCOME_UNKNOWN when nobody can tell whether a VM
 * was made.
 */
export async function launch(desk: Desk, wish: Wish): Promise<Launched> {
  const key = await keyFor(desk, wish);
  const spec = await prepare(desk, wish, key);
  const request = spec.metadata['nubes-nb:request'] ?? '';
  const note = (event: JournalEntry['event'], id?: string) =>
    desk.journal({
      event,
      request,
      project: desk.project.id,
      owner: desk.owner.name,
      name: wish.name,
      ...(id === undefined ? {} : { id }),
    });
  await note('intended');
  try {
    const { id } = await postOnce(desk, spec, key);
    await note('created', id);
    return { id, request };
  } catch (error) {
    if (!isAmbiguous(error)) {
      await note('refused');
      throw inWords(error);
    }
    const adopted = await adopt(desk, wish.name, request);
    await note(adopted === undefined ? 'unknown' : 'adopted', adopted?.id);
    if (adopted === undefined) throw unknownOutcome(wish.name, error);
    return { id: adopted.id, request };
  }
}

async function keyFor({ world, settings }: Desk, wish: Wish): Promise<PublicKey> {
  const found = await findKey(world.home, settings.notebook.keyFile);
  if (found !== undefined) return found;
  if (await wish.mayMakeKey()) return makeKey(world.home);
  throw new NubesError('USAGE', 'There is no SSH key in ~/.ssh to reach the notebook with.', {
    hint: 'ssh-keygen -t ed25519 makes one; or name one with --key.',
  });
}

async function prepare(desk: Desk, wish: Wish, key: PublicKey): Promise<ServerSpec> {
  const { notebook, limits: guard } = desk.settings;
  const [own, image, size, network, quota] = await Promise.all([
    mine(desk),
    chooseImage(desk.image, wish.image ?? notebook.image),
    chooseSize(desk.compute, wish.size ?? notebook.size),
    chooseNetwork(desk.network, wish.network ?? notebook.network),
    limits.show(desk.compute),
  ]);
  const notebooks = own.map(describe);
  const taken = notebooks.find(({ name }) => name === wish.name);
  if (taken !== undefined) {
    throw new NubesError('NAME_TAKEN', `${wish.name} exists already (${taken.status}).`, {
      hint: `nubes-nb show ${wish.name}, or choose another name.`,
    });
  }
  checkPersonalLimit(notebooks, guard.perUser);
  checkFit(image, size);
  checkQuota(quota, size, notebooks);
  return serverSpec(desk, wish.name, key, {
    imageId: image.id,
    imageName: image.name,
    flavorId: size.id,
    networkId: network.id,
  });
}

async function serverSpec(
  desk: Desk,
  name: string,
  key: PublicKey,
  chosen: { imageId: string; imageName: string; flavorId: string; networkId: string },
): Promise<ServerSpec> {
  const { notebook, siteTeam } = desk.settings;
  const account = checkedAccount(desk);
  const request = randomUUID();
  const identity: Identity = { owner: desk.owner.name, name, request };
  const digest = tokenDigest(jupyterToken(await desk.rootSecret(), request));
  const idleSeconds =
    notebook.idleTimeout === undefined ? undefined : Math.round(notebook.idleTimeout / 1_000);
  return {
    name: vmNameOf(identity),
    imageId: chosen.imageId,
    flavorId: chosen.flavorId,
    networkId: chosen.networkId,
    keyName: keyPairName(key),
    securityGroups: notebook.securityGroups,
    configDrive: notebook.configDrive,
    description: descriptionOf(identity),
    tags: tagsOf(identity),
    metadata: {
      ...metadataOf(identity),
      'nubes-nb:version': desk.version,
      'nubes-nb:image': chosen.imageName.slice(0, 255),
      'nubes-nb:account': account,
      'nubes-nb:port': String(notebook.port),
      // Enough of the digest to tell whether this login can derive the token.
      'nubes-nb:token': digest.slice(0, 12),
      ...(idleSeconds === undefined ? {} : { 'nubes-nb:idle': `PT${idleSeconds}S` }),
    },
    userData: userData({
      user: account,
      userKeys: [key.line],
      adminKeys: siteTeam.adminKeys,
      tokenDigest: digest,
      nonce: request,
      port: notebook.port,
      folder: notebook.folder,
      command: notebook.command,
      idleSeconds,
    }),
  };
}

function checkedAccount({ account, owner, settings }: Desk): string {
  if (account !== undefined) return account;
  const name = settings.notebook.user ?? owner.name;
  throw new NubesError('CONFIGURATION', `'${name}' cannot be an account on a VM.`, {
    hint: 'nubes-nb config set notebook.user NAME, with a name that Linux takes.',
  });
}

/** A key pair's name tells its key, so one that exists is the right one, and Nova need not be asked. */
function keyPairName(key: PublicKey): string {
  return `nubes-nb-${keyDigest(key)}`;
}

/** Nova's 400 for an unknown key pair is a refusal: nothing was made, so a second request is safe. */
async function postOnce(desk: Desk, spec: ServerSpec, key: PublicKey): Promise<{ id: string }> {
  try {
    return await servers.create(desk.compute, spec);
  } catch (error) {
    const keyMissing =
      error instanceof ApiError && error.status === 400 && /key_?name|keypair/i.test(error.detail);
    if (!keyMissing) throw error;
    await keypairs.importKey(desk.compute, spec.keyName, key.line).catch(orThere);
    return servers.create(desk.compute, spec);
  }
}

/** Another shell may have imported the same key a moment ago. */
function orThere(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 409)) throw error;
}

function isAmbiguous(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.sent;
  return (
    error instanceof ApiError && (error.status >= 500 || error.status < 400 || error.status === 408)
  );
}

async function adopt(desk: Desk, name: string, request: string): Promise<Server | undefined> {
  for (const pause of adoptionPauses) {
    await desk.world.sleep(pause);
    const found = (await ownOf(desk, name)).find(
      ({ metadata }) => metadata['nubes-nb:request'] === request,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function unknownOutcome(name: string, cause: unknown): NubesError {
  const requestId = cause instanceof NubesError ? cause.requestId : undefined;
  return new NubesError(
    'OUTCOME_UNKNOWN',
    `Nova did not say whether it made ${name}, and it is not in the list after half a minute.`,
    {
      hint: `nubes-nb show ${name} tells later whether it exists; then create it again if not.`,
      requestId,
    },
  );
}

/** Nova's refusals that have a better word than its own. */
function inWords(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { requestId } = error;
  if (error.code === 'QUOTA_EXCEEDED') {
    return new NubesError('QUOTA_EXCEEDED', `Nova refused: ${error.detail}`, {
      hint: 'nubes-nb ls shows what you hold; nubes-nb delete NAME makes room.',
      requestId,
    });
  }
  if (error.status !== 400) return error;
  return new NubesError('CONFIGURATION', `Nova does not take the request: ${error.detail}`, {
    hint: 'nubes-nb config list shows the [notebook] settings that go into it.',
    requestId,
  });
}
