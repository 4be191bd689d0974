import type { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { scriptExit } from '../connect/script.ts';
import { connectTo, type SshConnection } from '../connect/ssh-connection.ts';
import type { Deps } from '../deps.ts';
import { lockedInNova } from '../errors.ts';
import { find } from '../find.ts';
import { renewalFolder, renewedDigest } from '../first-boot/jupyter.ts';
import { type HalfDone, recordChange } from '../half-done.ts';
import { toNotebookWithCertificate } from '../https/verify-certificate.ts';
import { metadataKeys, nameOf, requestOf, shortVm } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { deadlineOf, type OnProgress } from '../waiting.ts';
import { restartWithChange } from './restart.ts';
import {
  digestMark,
  jupyterToken,
  type TokenUrls,
  tokenDigest,
  tokenOf,
  tokenUrls,
} from './token.ts';

export type Renewal = TokenUrls & {
  /** False: the notebook had this login's token already. */
  readonly renewed: boolean;
  readonly notebook: Notebook;
};

export interface RenewalOptions {
  readonly timeoutMs: number;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** Called before kernels end; throws to cancel. */
  readonly confirm: (name: string) => Promise<void>;
  readonly onProgress: OnProgress;
}

/**
 * Gives a notebook this login's token. Only the token's digest is sent: over ssh to the VM, for Jupyter to
 * compare with from its next start, and its first digits to Nova's metadata. Throws WRONG_STATE for a
 * notebook whose Jupyter configuration does not read a new digest.
 */
export async function renewToken(
  deps: Deps,
  reference: string,
  options: RenewalOptions,
): Promise<Renewal> {
  const server = await find(deps, reference);
  const rootSecret = await deps.rootSecret();
  if (tokenOf(rootSecret, server) !== undefined) return renewal(deps, server, false);
  const token = jupyterToken(rootSecret, requestOf(server));
  const mark = digestMark(token);
  if (server.locked) throw lockedInNova(nameOf(server));
  const connection = await connectTo(deps, server);
  await options.confirm(connection.name);
  const failure = await installDigest(deps, connection, tokenDigest(token), options);
  // Also after a time-out: once Jupyter is up, it has the new digest.
  await recordChange(deps, server, { [metadataKeys.token]: mark }, renewedOnly(connection.name));
  if (failure !== undefined) throw failure;
  const metadata = { ...server.metadata, [metadataKeys.token]: mark };
  return renewal(deps, { ...server, metadata }, true);
}

/** Until Nova has the mark, `url` says that another login created the notebook. */
function renewedOnly(name: string): Pick<HalfDone, 'done' | 'hint'> {
  return {
    done: `The VM of ${name} has this login's token instead of the old one`,
    hint: `${renewalCommand(name)} (restarts Jupyter again)`,
  };
}

function renewalCommand(name: string): string {
  return `nubes-nb url ${name} --renew`;
}

async function renewal(deps: Deps, server: Server, renewed: boolean): Promise<Renewal> {
  const notebook = await toNotebookWithCertificate(deps, server);
  return { renewed, notebook, ...(await tokenUrls(deps, server, notebook)) };
}

/** Resolves to a failure if the digest is written, but Jupyter does not answer in time. */
async function installDigest(
  deps: Deps,
  connection: SshConnection,
  digest: string,
  { timeoutMs, asks, onProgress }: RenewalOptions,
): Promise<NubesError | undefined> {
  onProgress({ name: 'jupyter', detail: `a new token, on ${shortVm(connection.server)}` });
  return restartWithChange(deps, connection, {
    what: "the new token's digest",
    retry: renewalCommand(connection.name),
    change: writeDigest(digest),
    deadline: deadlineOf(deps, { timeoutMs }),
    asks,
  });
}

/** Jupyter's unit makes the folder if its configuration reads a new digest from it. */
function writeDigest(digest: string): string {
  return `[ -d "$HOME/${renewalFolder}" ] || exit ${scriptExit.notRenewable}
umask 077
F="$HOME/${renewedDigest}"
{ echo ${digest} > "$F.new" && mv "$F.new" "$F"; } || exit ${scriptExit.writeFailed}`;
}
