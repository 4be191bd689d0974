import type { Server } from '../../openstack/compute/servers.ts';
import type { Settings } from '../../settings/settings.ts';
import { metadataKeys } from '../identity.ts';
import { readLocal, writeLocal } from '../local-state.ts';

/** The certificate that a direct notebook's Jupyter shows. */
export interface ShownCertificate {
  /** 64 hex digits; null: its VM has not told it here yet. */
  readonly sha256: string | null;
  /** Nobody but the VM itself vouches for it. */
  readonly selfSigned: boolean;
}

export function isDirect({ metadata }: Pick<Server, 'metadata'>): boolean {
  return metadata[metadataKeys.access] === 'direct';
}

/** What was wished for one notebook stands above the settings, whoever starts it, and when. */
export function wantsFloatingIp(
  server: Pick<Server, 'metadata'>,
  { floatingIp }: Pick<Settings['notebook'], 'floatingIp'>,
): boolean {
  const wished = server.metadata[metadataKeys.floatingIp] ?? floatingIp;
  return isDirect(server) && wished === 'auto';
}

/** Security groups whose rules are the settings' networks, and no others. */
export const jupyterGroups = 'nubes-nb-jupyter-';

/** Null for a notebook behind a tunnel. `known` is what the VM told on its console. */
export function certificateOf(server: Server, known: string | undefined): ShownCertificate | null {
  if (!isDirect(server)) return null;
  const site = server.metadata[metadataKeys.certificate];
  return { sha256: known ?? null, selfSigned: site === undefined || site !== known };
}

/** SHA-256 as browsers and openssl show it: `AB:CD:…`. */
export function inPairs(sha256: string): string {
  return (sha256.toUpperCase().match(/../g) ?? []).join(':');
}

/** SHA-256 of the certificate that a VM told of. */
export function knownCertificate(stateFolder: string, { id }: Server): string | undefined {
  return knownCertificates(stateFolder)[id];
}

/** What VMs told of their certificates, by server id. */
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
