import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { isDirect } from '../address.ts';
import { sshConnection } from '../connect/ssh-connection.ts';
import { hasVerifiedHostKey, readCertificate } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { knownCertificate } from '../local-state.ts';
import { certificateOf, type Notebook, toNotebook } from '../notebook.ts';

const probeLimits = { timeoutMs: 4_000, connectTimeoutSeconds: 3 };

/** The notebook with its current certificate. */
export async function toNotebookWithCertificate(deps: Deps, server: Server): Promise<Notebook> {
  if (!isDirect(server)) return toNotebook(deps, server);
  const certificate = certificateOf(server, await verifiedCertificate(deps, server));
  return { ...(await toNotebook(deps, server)), certificate };
}

/**
 * SHA-256 of a direct notebook's certificate, 64 hex digits: from its console, now or before, else over
 * ssh from a VM whose host key the console has verified. Undefined if none of these is possible.
 */
async function verifiedCertificate(deps: Deps, server: Server): Promise<string | undefined> {
  const known = () => knownCertificate(deps.stateFolder, server);
  if (server.status !== 'ACTIVE') return known();
  return (
    (await readCertificate(deps, server)) ?? known() ?? (await certificateOverSsh(deps, server))
  );
}

async function certificateOverSsh(deps: Deps, server: Server): Promise<string | undefined> {
  const connection = await sshConnection(deps, server);
  if (connection === undefined || !(await hasVerifiedHostKey(deps, server))) return undefined;
  const { probeOverSsh } = await import('../connect/probe.ts');
  try {
    return (await probeOverSsh(deps, connection, probeLimits)).certificate;
  } catch (error) {
    const isSshMissing = error instanceof NubesError && error.code === 'CONFIGURATION';
    if (isSshMissing) return undefined;
    throw error;
  }
}
