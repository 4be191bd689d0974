import type { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { exits } from '../connect/exec.ts';
import { connectTo, type SshConnection } from '../connect/ssh-target.ts';
import type { Deps } from '../deps.ts';
import { lockedInNova } from '../errors.ts';
import { find } from '../find.ts';
import { renewalFolder, renewedDigest } from '../first-boot/jupyter.ts';
import { toNotebookWithCertificate } from '../https/verify-certificate.ts';
import { metadataKeys, nameOf, requestOf, shortVm } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { deadlineOf, type OnProgress } from '../waiting.ts';
import { restartedWith } from './restart.ts';
import { digestMark, jupyterToken, tokenDigest } from './token.ts';
import { type TokenUrls, tokenUrls } from './token-url.ts';

export type Renewal = TokenUrls & {
  /** False: this login's token was the notebook's already. */
  readonly renewed: boolean;
  readonly notebook: Notebook;
};

export interface RenewalOptions {
  readonly timeoutMs: number;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** Asked before kernels end; throws to go no further. */
  readonly agree: (name: string) => Promise<void>;
  readonly onProgress: OnProgress;
}

/**
 * Makes this login's token the notebook's. Only the token's digest travels: to the VM over ssh, for
 * Jupyter to compare with from its next start, and its first digits to Nova's metadata. Throws
 * WRONG_STATE for a notebook made before its Jupyter could be told another one.
 */
export async function renewToken(
  deps: Deps,
  reference: string,
  wish: RenewalOptions,
): Promise<Renewal> {
  const server = await find(deps, reference);
  const token = jupyterToken(await deps.rootSecret(), requestOf(server));
  const mark = digestMark(token);
  if (server.metadata[metadataKeys.token] === mark) return renewal(deps, server, false);
  if (server.locked) throw lockedInNova(nameOf(server));
  const reached = await connectTo(deps, server);
  await wish.agree(reached.name);
  const failure = await tellJupyter(deps, reached, tokenDigest(token), wish);
  // Also where Jupyter is late: when it comes, it comes with the new one.
  await servers.setMetadata(deps.compute, server.id, { [metadataKeys.token]: mark });
  if (failure !== undefined) throw failure;
  const metadata = { ...server.metadata, [metadataKeys.token]: mark };
  return renewal(deps, { ...server, metadata }, true);
}

async function renewal(deps: Deps, server: Server, renewed: boolean): Promise<Renewal> {
  const notebook = await toNotebookWithCertificate(deps, server);
  return { renewed, notebook, ...(await tokenUrls(deps, server, notebook)) };
}

/** Resolves to a failure where the digest is written, and Jupyter is not back in time. */
async function tellJupyter(
  deps: Deps,
  reached: SshConnection,
  digest: string,
  { timeoutMs, asks, onProgress }: RenewalOptions,
): Promise<NubesError | undefined> {
  const { server } = reached;
  onProgress({ name: 'jupyter', detail: `a new token, on ${shortVm(server)}` });
  return restartedWith(deps, reached, {
    what: "the new token's digest",
    change: writing(digest),
    deadline: deadlineOf(deps.world, { timeoutMs }),
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
