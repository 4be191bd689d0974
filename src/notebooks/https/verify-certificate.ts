import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { sshTarget } from '../connect/ssh-target.ts';
import type { Deps } from '../deps.ts';
import { nameOf } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { hasVerifiedHostKey, readCertificate } from '../readiness/console-reader.ts';
import { toNotebook } from '../view.ts';
import { certificateOf, isDirect, knownCertificate } from './certificate.ts';

/** So long ssh is given, in ms: the URL goes by a tunnel as well. */
const wait = 4_000;

/**
 * SHA-256 of the certificate that a direct notebook shows, 64 hex digits: as its console tells it now,
 * or told it before, else as ssh hears it from a VM whose host key the console told. Undefined: nobody
 * can vouch for what https would show.
 */
async function shownBy(deps: Deps, server: Server): Promise<string | undefined> {
  if (server.status !== 'ACTIVE') return knownCertificate(deps.stateFolder, server);
  return (
    (await readCertificate(deps, server)) ??
    knownCertificate(deps.stateFolder, server) ??
    (await heardOverSsh(deps, server))
  );
}

/** The notebook with the certificate that it shows now. */
export async function toNotebookWithCertificate(deps: Deps, server: Server): Promise<Notebook> {
  if (!isDirect(server)) return toNotebook(deps, server);
  const certificate = certificateOf(server, await shownBy(deps, server));
  return { ...(await toNotebook(deps, server)), certificate };
}

async function heardOverSsh(deps: Deps, server: Server): Promise<string | undefined> {
  const target = await sshTarget(deps, server);
  if (target === undefined || !(await hasVerifiedHostKey(deps, server))) return undefined;
  const { probeOverSsh } = await import('../readiness/probe.ts');
  try {
    return (await probeOverSsh(deps, server, { name: nameOf(server), target }, wait)).certificate;
  } catch (error) {
    // Where there is no ssh, nothing is heard.
    if (error instanceof NubesError && error.code === 'CONFIGURATION') return undefined;
    throw error;
  }
}
