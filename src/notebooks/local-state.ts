import { join } from 'node:path';
import { checkOwnFile } from '../bounded-file.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { unpin } from '../ssh/known-hosts.ts';
import { forgetPort } from '../ssh/local-port.ts';
import { parsedFile, parseRecord, updateFile } from '../ssh/shared-file.ts';
import type { World } from '../world.ts';

/** Where the files are, and what ends a wait for another command that is writing one. */
export interface StatePlace {
  readonly stateFolder: string;
  readonly world: Pick<World, 'interrupted'>;
}

/** A file of the state folder with one text for each server, by its id. */
export type LocalFile = 'boots.json' | 'certificates.json' | 'keys.json';

const stateFiles = [
  'journal.ndjson',
  'known_hosts',
  'ports.json',
  'boots.json',
  'certificates.json',
  'keys.json',
  'ssh-release',
  'refused-logins.json',
];

/** Of ssh, with the host keys of VMs. */
export function knownHostsFile(stateFolder: string): string {
  return join(stateFolder, 'known_hosts');
}

/** The local ports of tunnels. */
export function portsFile(stateFolder: string): string {
  return join(stateFolder, 'ports.json');
}

/** The release of this computer's ssh. */
export function sshReleaseFile(stateFolder: string): string {
  return join(stateFolder, 'ssh-release');
}

/** Before anything is done: a command must not find out after it has made a VM. Throws CONFIGURATION. */
export function checkStateFiles(stateFolder: string): void {
  for (const file of stateFiles) checkOwnFile(join(stateFolder, file));
}

/** Stores a server's text; undefined removes it. */
export async function writeLocal(
  { stateFolder, world }: StatePlace,
  file: LocalFile,
  serverId: string,
  text: string | undefined,
): Promise<void> {
  if (readLocal(stateFolder, file)[serverId] === text) return;
  const edit = (content: string) => {
    const { [serverId]: _old, ...others } = textsIn(content);
    const kept = text === undefined ? others : { ...others, [serverId]: text };
    return `${JSON.stringify(kept, undefined, 2)}\n`;
  };
  await updateFile(join(stateFolder, file), edit, world.interrupted);
}

/** The texts by server id; empty if the file is missing or damaged. */
export function readLocal(stateFolder: string, file: LocalFile): Readonly<Record<string, string>> {
  return readTexts(join(stateFolder, file));
}

const readTexts = parsedFile(textsIn);

function textsIn(content: string): Readonly<Record<string, string>> {
  return parseRecord(content, isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/**
 * The boot that the console last showed before a start. A repeated `start` must not take that boot's ready
 * marker for the new one's.
 */
export function earlierBootOf(stateFolder: string, serverId: string): string | undefined {
  return readLocal(stateFolder, 'boots.json')[serverId];
}

export async function rememberEarlierBoot(
  place: StatePlace,
  serverId: string,
  boot: string | undefined,
): Promise<void> {
  await writeLocal(place, 'boots.json', serverId, boot);
}

/** SHA-256 of the certificate that a VM reported. */
export function knownCertificate(
  stateFolder: string,
  { id }: Pick<Server, 'id'>,
): string | undefined {
  return knownCertificates(stateFolder)[id];
}

/** The certificates that VMs reported, by server id. */
export function knownCertificates(stateFolder: string): Readonly<Record<string, string>> {
  return readLocal(stateFolder, 'certificates.json');
}

export async function rememberCertificate(
  place: StatePlace,
  serverId: string,
  sha256: string | undefined,
): Promise<void> {
  await writeLocal(place, 'certificates.json', serverId, sha256);
}

/** The files of the private keys that notebooks were created with, by server id; empty if ssh found the key by itself. */
export function knownKeyFiles(stateFolder: string): Readonly<Record<string, string>> {
  return readLocal(stateFolder, 'keys.json');
}

/** Undefined: the notebook is gone. */
export async function rememberKeyFile(
  place: StatePlace,
  serverId: string,
  keyFile: string | undefined,
): Promise<void> {
  await writeLocal(place, 'keys.json', serverId, keyFile);
}

/** Removes all that this computer has stored about a VM. */
export async function forgetVm(place: StatePlace, serverId: string): Promise<void> {
  const { stateFolder, world } = place;
  await unpin(knownHostsFile(stateFolder), serverId, world.interrupted);
  await forgetPort(portsFile(stateFolder), serverId, world.interrupted);
  for (const file of ['boots.json', 'certificates.json', 'keys.json'] as const) {
    await writeLocal(place, file, serverId, undefined);
  }
}
