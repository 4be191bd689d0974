import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { sshTarget } from '../connect/ssh-target.ts';
import type { Desk } from '../deps.ts';
import { nameOf } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { hearCertificate, isVouchedFor } from '../readiness/console-reader.ts';
import { presented } from '../view.ts';
import { certificateOf, isDirect, knownCertificate } from './certificate.ts';

/** So long ssh is given, in ms: the URL goes by a tunnel as well. */
const patience = 4_000;

/**
 * SHA-256 of the certificate that a direct notebook shows, 64 hex digits: as its console tells it now,
 * or told it before, else as ssh hears it from a VM whose host key the console told. Undefined: nobody
 * can vouch for what https would show.
 */
async function shownBy(desk: Desk, server: Server): Promise<string | undefined> {
  if (server.status !== 'ACTIVE') return knownCertificate(desk.stateFolder, server);
  return (
    (await hearCertificate(desk, server)) ??
    knownCertificate(desk.stateFolder, server) ??
    (await heardOverSsh(desk, server))
  );
}

/** The notebook with the certificate that it shows now. */
export async function presentedNow(desk: Desk, server: Server): Promise<Notebook> {
  if (!isDirect(server)) return presented(desk, server);
  const certificate = certificateOf(server, await shownBy(desk, server));
  return { ...(await presented(desk, server)), certificate };
}

async function heardOverSsh(desk: Desk, server: Server): Promise<string | undefined> {
  const target = await sshTarget(desk, server);
  if (target === undefined || !(await isVouchedFor(desk, server))) return undefined;
  const { askOver } = await import('../readiness/probe.ts');
  try {
    return (await askOver(desk, server, { name: nameOf(server), target }, patience)).certificate;
  } catch (error) {
    // Where there is no ssh, nothing is heard.
    if (error instanceof NubesError && error.code === 'CONFIGURATION') return undefined;
    throw error;
  }
}
