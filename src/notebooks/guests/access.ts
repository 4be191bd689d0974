import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { hostKeysOf } from '../../ssh/known-hosts.ts';
import { defaultPort } from '../../ssh/local-port.ts';
import { type PortableTunnel, portableTunnel } from '../../ssh/portable-tunnel.ts';
import { isDirect, remotePortOf, targetOf, tunnelUrl } from '../address.ts';
import { pinFromConsole } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { certificateUnknown, noAddress } from '../errors.ts';
import { guestAccount } from '../first-boot/guests.ts';
import type { Guest } from '../guest.ts';
import { toNotebookWithCertificate } from '../https/verify-certificate.ts';
import { nameOf } from '../identity.ts';
import { knownHostsFile } from '../local-state.ts';
import type { NotebookCertificate } from '../notebook.ts';
import { guestTokenOf } from './token.ts';

/** All that a guest needs to open a notebook from a computer of their own. */
export interface GuestAccess {
  readonly guest: string;
  readonly notebook: string;
  /** With the guest's token: of the notebook itself, or through the tunnel. */
  readonly url: string;
  /** Of a direct notebook. */
  readonly certificate: NotebookCertificate | null;
  /** Null for a guest without a key. */
  readonly tunnel: PortableTunnel | null;
}

/**
 * What a guest needs. Throws CONFLICT if another login shared the notebook, WRONG_STATE without an address or for a
 * guest who has neither a key nor direct access, TLS_UNTRUSTED if the certificate or the host key is unknown.
 */
export async function guestAccess(deps: Deps, server: Server, guest: Guest): Promise<GuestAccess> {
  const name = nameOf(server);
  const token = guestTokenOf(await deps.rootSecret(), server, guest);
  if (token === undefined) throw otherLoginShared(name, guest.name);
  if (guest.keyMark === undefined && !isDirect(server)) throw needsKey(name, guest.name);
  await pinFromConsole(deps, server);
  const { url, certificate } = await toNotebookWithCertificate(deps, server);
  if (url === null) throw noAddress(name);
  if (certificate?.sha256 === null) throw certificateUnknown(name);
  const tunnel = guest.keyMark === undefined ? null : await tunnelOf(deps, server);
  const page = isDirect(server)
    ? url
    : tunnelUrl(server, deps.settings.notebook, localPort(server));
  return { guest: guest.name, notebook: name, url: `${page}?token=${token}`, certificate, tunnel };
}

/** The same on every computer. */
function localPort(server: Server): number {
  return defaultPort(server.id);
}

async function tunnelOf(deps: Deps, server: Server): Promise<PortableTunnel> {
  const { settings, stateFolder } = deps;
  const { notebook } = settings;
  const name = nameOf(server);
  const access = { notebook, stateFolder, account: guestAccount, keyFile: undefined, pinned: true };
  const target = targetOf(server, access);
  if (target === undefined) throw noAddress(name);
  const keys = await hostKeysOf(knownHostsFile(stateFolder), server.id);
  if (keys.length === 0) throw hostKeyUnknown(name);
  if (!keys.some(({ verified }) => verified)) deps.warn(firstContact(name));
  const ports = { localPort: localPort(server), remotePort: remotePortOf(server, notebook.port) };
  return portableTunnel({ ...target, user: guestAccount }, keys, ports);
}

/** A warning. */
function firstContact(name: string): string {
  return `the host key of ${name} is not from its console: it is the first one that ssh received.`;
}

export function otherLoginShared(name: string, guest: string): NubesError {
  return new NubesError(
    'CONFLICT',
    `Another login shared ${name} with ${guest}, and it alone can derive the token of ${guest}.`,
    {
      hint: `nubes-nb share ${name} --as ${guest} there, or here nubes-nb share ${name} --revoke ${guest} first`,
    },
  );
}

/** The notebook is behind a tunnel. */
export function needsKey(name: string, guest: string): NubesError {
  return new NubesError(
    'USAGE',
    `${name} is only reachable through a tunnel, and ${guest} needs an SSH key for that.`,
    { hint: `nubes-nb share ${name} --as ${guest} --key FILE, with the public key of ${guest}` },
  );
}

function hostKeyUnknown(name: string): NubesError {
  return new NubesError(
    'TLS_UNTRUSTED',
    `The host key of ${name} is unknown, so a guest could not verify the VM.`,
    { hint: `nubes-nb wait ${name}, or nubes-nb ssh ${name} once` },
  );
}
