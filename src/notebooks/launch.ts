import type { SiteCertificate } from '../certificates/site-certificate.ts';
import { NubesError } from '../errors.ts';
import * as limits from '../openstack/compute/limits.ts';
import type { Settings } from '../settings/settings.ts';
import { findKey, makeKey, type PublicKey } from '../ssh/keys.ts';
import { checkFit, chooseImage, chooseNetwork, chooseSize } from './choices.ts';
import type { JournalEntry } from './journal.ts';
import { describe } from './notebook.ts';
import type { Desk, Enter } from './notebooks.ts';
import { adopt, isAmbiguous, postOnce, refusalInWords, unknownOutcome } from './posting.ts';
import { checkPersonalLimit, checkQuota } from './quota.ts';
import { mine } from './search.ts';
import { serverSpec } from './server-spec.ts';

/** What a user wishes for; what is left out comes from the settings. */
export interface Wish {
  readonly name: string;
  readonly image?: string | undefined;
  readonly size?: string | undefined;
  readonly network?: string | undefined;
  /** The SSH key's file; else the settings' one, else the first of `~/.ssh`. */
  readonly key?: string | undefined;
  readonly access?: Settings['notebook']['access'] | undefined;
  readonly floatingIp?: Settings['notebook']['floatingIp'] | undefined;
  /** What a direct notebook shows to browsers; undefined: a certificate that it makes itself. */
  readonly certificate?: SiteCertificate | undefined;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** Asked when there is no key at all. */
  readonly mayMakeKey: () => Promise<boolean>;
}

/** A server that Nova has accepted, and how it was recognised. */
export interface Launched {
  readonly id: string;
  readonly request: string;
}

/**
 * Checks everything that can be checked, then asks Nova once. Throws NAME_TAKEN, LIMIT_REACHED,
 * QUOTA_EXCEEDED, NOT_FOUND for an unknown choice, OUTCOME_UNKNOWN when nobody can tell whether a VM
 * was made.
 */
export async function launch(desk: Desk, wish: Wish, enter: Enter): Promise<Launched> {
  enter({ name: 'preflight', detail: 'image, size, network, quota' });
  checkAccess(desk);
  const key = await keyFor(desk, wish);
  const { request, spec } = await prepare(desk, wish, key);
  const note = async (event: JournalEntry['event'], id?: string) =>
    desk.journal({
      event,
      request,
      project: desk.project.id,
      owner: desk.owner.name,
      name: wish.name,
      ...(id === undefined ? {} : { id }),
    });
  await note('intended');
  enter({ name: 'request', detail: 'sent to Nova, once' });
  const made = await postOnce(desk, spec, key).catch(async (error: unknown) => {
    if (!isAmbiguous(error)) {
      await note('refused').catch(() => {});
      throw refusalInWords(error);
    }
    const adopted = await adopt(desk, wish.name, request);
    if (adopted !== undefined) return adopted;
    await note('unknown').catch(() => {});
    throw unknownOutcome(wish.name, error);
  });
  // The VM is there: a full disk must not make it look as if it were not.
  await note('created', made.id).catch(() => {
    desk.warn('the journal in the state folder cannot be written.');
  });
  return { id: made.id, request };
}

async function keyFor({ world, settings }: Desk, wish: Wish): Promise<PublicKey> {
  const found = await findKey(world.home, settings.notebook.keyFile);
  if (found !== undefined) return found;
  if (await wish.mayMakeKey()) return makeKey(world.home);
  throw new NubesError('USAGE', 'There is no SSH key in ~/.ssh to reach the notebook with.', {
    hint: 'ssh-keygen -t ed25519 makes one; or name one with --key.',
  });
}

async function prepare(desk: Desk, wish: Wish, key: PublicKey) {
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
  const isDirect = notebook.access === 'direct';
  return serverSpec(desk, wish.name, key, {
    imageId: image.id,
    imageName: image.name,
    flavorId: size.id,
    networkId: network.id,
    jupyterGroupId: isDirect ? await groupFor(desk) : undefined,
    certificate: isDirect ? wish.certificate?.sha256 : undefined,
  });
}

/** A port that is open to the network is open to networks that somebody has named. */
function checkAccess({ settings }: Desk): void {
  const { access, allowedCidr } = settings.notebook;
  if (access === 'tunnel' || allowedCidr.length > 0) return;
  throw new NubesError('CONFIGURATION', 'Direct access needs notebook.allowed_cidr.', {
    hint: "nubes-nb config set notebook.allowed_cidr NETWORK, your site's own, e.g. 192.0.2.0/24.",
  });
}

async function groupFor(desk: Desk): Promise<string> {
  const { jupyterGroup } = await import('./jupyter-group.ts');
  return jupyterGroup(desk);
}
