import type { Server } from '../../openstack/compute/servers.ts';
import { isDirect } from '../address.ts';
import { metadataKeys } from '../identity.ts';
import { readLocal, writeLocal } from '../local-state.ts';
import type { NotebookCertificate } from '../notebook.ts';

/** Null for a notebook behind a tunnel. `known` is the fingerprint that the VM reported on its console. */
export function certificateOf(
  server: Server,
  known: string | undefined,
): NotebookCertificate | null {
  if (!isDirect(server)) return null;
  const site = server.metadata[metadataKeys.certificate];
  return { sha256: known ?? null, selfSigned: site === undefined || site !== known };
}

/** SHA-256 as browsers and openssl print it: `AB:CD:…`. */
export function inPairs(sha256: string): string {
  return (sha256.toUpperCase().match(/../g) ?? []).join(':');
}

/** SHA-256 of the certificate that a VM reported. */
export function knownCertificate(stateFolder: string, { id }: Server): string | undefined {
  return knownCertificates(stateFolder)[id];
}

/** The certificates that VMs reported, by server id. */
export function knownCertificates(stateFolder: string): Readonly<Record<string, string>> {
  return readLocal(stateFolder, 'certificates.json');
}

export async function rememberCertificate(
  stateFolder: string,
  serverId: string,
  sha256: string | undefined,
): Promise<void> {
  await writeLocal(stateFolder, 'certificates.json', serverId, sha256);
}
