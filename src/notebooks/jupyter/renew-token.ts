import type { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { exits } from '../connect/exec.ts';
import { type Reach, reachServer } from '../connect/ssh-target.ts';
import type { Desk } from '../deps.ts';
import { lockedInNova } from '../errors.ts';
import { find } from '../find.ts';
import { renewalFolder, renewedDigest } from '../first-boot/jupyter.ts';
import { presentedNow } from '../https/shown.ts';
import { metadataKeys, nameOf, requestOf, shortVm } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import type { Enter } from '../patience.ts';
import { restartedWith } from './restart.ts';
import { digestMark, jupyterToken, tokenDigest } from './token.ts';
import { type TokenUrls, tokenUrls } from './token-url.ts';

export type Renewal = TokenUrls & {
  /** False: this login's token was the notebook's already. */
  readonly renewed: boolean;
  readonly notebook: Notebook;
};

export interface RenewalWish {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** Asked before kernels end; throws to go no further. */
  readonly agree: (name: string) => Promise<void>;
  readonly enter: Enter;
}

/**
 * Makes this login's token the notebook's. Only the token's digest travels: to the VM over ssh, for
 * Jupyter to compare with from its next start, and its first digits to Nova's metadata. Throws
 * WRONG_STATE for a notebook made before its Jupyter could be told another one.
 */
export async function renewToken(
  desk: Desk,
  reference: string,
  wish: RenewalWish,
): Promise<Renewal> {
  const server = await find(desk, reference);
  const token = jupyterToken(await desk.rootSecret(), requestOf(server));
  const mark = digestMark(token);
  if (server.metadata[metadataKeys.token] === mark) return renewal(desk, server, false);
  if (server.locked) throw lockedInNova(nameOf(server));
  const reached = await reachServer(desk, server);
  await wish.agree(reached.name);
  const failure = await tellJupyter(desk, reached, tokenDigest(token), wish);
  // Also where Jupyter is late: when it comes, it comes with the new one.
  await servers.setMetadata(desk.compute, server.id, { [metadataKeys.token]: mark });
  if (failure !== undefined) throw failure;
  const metadata = { ...server.metadata, [metadataKeys.token]: mark };
  return renewal(desk, { ...server, metadata }, true);
}

async function renewal(desk: Desk, server: Server, renewed: boolean): Promise<Renewal> {
  const notebook = await presentedNow(desk, server);
  return { renewed, notebook, ...(await tokenUrls(desk, server, notebook)) };
}

/** Resolves to a failure where the digest is written, and Jupyter is not back in time. */
async function tellJupyter(
  desk: Desk,
  reached: Reach,
  digest: string,
  { deadline, asks, enter }: RenewalWish,
): Promise<NubesError | undefined> {
  const { server } = reached;
  enter({ name: 'jupyter', detail: `a new token, on ${shortVm(server)}` });
  return restartedWith(desk, reached, {
    what: "the new token's digest",
    change: writing(digest),
    deadline,
    asks,
  });
}

/** The unit makes the folder where the configuration knows of it. */
function writing(digest: string): string {
  return `[ -d "$HOME/${renewalFolder}" ] || exit ${exits.notRenewable}
umask 077
F="$HOME/${renewedDigest}"
{ echo ${digest} > "$F.new" && mv "$F.new" "$F"; } || exit ${exits.notWritten}`;
}
