import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Certificates, sandboxCertificates } from './certificates.ts';
import { createConnectionHandler, type PasswordPolicyState } from './operations.ts';
import { type Group, groups as labGroups, people as labPeople, type Person } from './people.ts';
import { buildTree, type Entry, normalizeDn, normalizeValue, type Tree } from './tree.ts';

export interface DirectoryOptions {
  readonly people?: readonly Person[];
  readonly groups?: readonly Group[];
}

/** The number of binds as one person, by outcome. */
export interface Binds {
  readonly accepted: number;
  readonly refused: number;
}

type Mode = 'normal' | 'silent' | 'down' | 'closing';

/** A running LDAP server, which accepts only TLS. */
export interface Directory {
  /** `ldaps://127.0.0.1:<port>` */
  readonly url: string;
  readonly caFile: string;
  /** A CA that did not sign the server's certificate. */
  readonly otherCaFile: string;
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
  readonly binds: (name: string) => Binds;
  /** The canonical name if the password is right. Makes no request and counts no bind. */
  readonly check: (name: string, password: string) => string | undefined;
  /** Sets an account's state under the password policy; undefined: valid. */
  readonly setPolicy: (name: string, policy: PasswordPolicyState | undefined) => void;
  /** `silent`: accepts connections and never answers; `down`: refuses connections; `closing`: closes them after a bind. */
  readonly setMode: (mode: Mode) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts an LDAP server on a free loopback port, with certificates in a new temporary folder. */
export async function startDirectory(options: DirectoryOptions = {}): Promise<Directory> {
  const { people = labPeople, groups = labGroups } = options;
  const tree = buildTree(people, groups);
  const policies = new Map<string, PasswordPolicyState>();
  const binds = new Map<string, { accepted: number; refused: number }>();
  const bindsOf = (dn: string) => {
    const counts = binds.get(dn) ?? { accepted: 0, refused: 0 };
    binds.set(dn, counts);
    return counts;
  };

  let mode: Mode = 'normal';
  const certificates = await sandboxCertificates();
  const folder = await temporaryFolder('directory');
  const caFile = join(folder, 'ca.pem');
  const otherCaFile = join(folder, 'other-ca.pem');
  await Promise.all([
    writeFile(caFile, certificates.ca),
    writeFile(otherCaFile, certificates.otherCa),
  ]);
  const server = await createConnectionHandler({
    tree,
    policyOf: (dn) => policies.get(dn),
    onBind: (dn, outcome) => {
      bindsOf(dn)[outcome] += 1;
    },
    closesAfterBind: () => mode === 'closing',
  });
  const listener = await startListener(certificates, server);

  return {
    url: `ldaps://127.0.0.1:${listener.port}`,
    caFile,
    otherCaFile,
    people,
    groups,
    binds: (name) => ({ ...bindsOf(dnOf(tree, name)) }),
    check: (name, password) => {
      const person = personOf(tree, name);
      return person?.password === password ? person.attributes['uid']?.[0] : undefined;
    },
    setPolicy: (name, policy) => {
      if (policy === undefined) policies.delete(dnOf(tree, name));
      else policies.set(dnOf(tree, name), policy);
    },
    setMode: (next) => {
      mode = next;
      return listener.setMode(next);
    },
    close: async () => {
      await listener.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function personOf(tree: Tree, name: string): Entry | undefined {
  return [...tree.values()].find(
    ({ attributes }) => attributes['uid']?.[0] === normalizeValue(name),
  );
}

function dnOf(tree: Tree, name: string): string {
  const person = personOf(tree, name);
  if (person === undefined) throw new Error(`The sandbox's directory has no ${name}.`);
  return normalizeDn(person.dn);
}

/** A TLS port whose failures can be simulated. */
interface Listener {
  readonly port: number;
  readonly setMode: (mode: Mode) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Listens on a free loopback port. */
async function startListener(
  { certificate, key }: Certificates,
  connected: (socket: TLSSocket) => void,
): Promise<Listener> {
  const sockets = new Set<TLSSocket>();
  let silent = false;
  const server = createServer({ cert: certificate, key }, (socket) => {
    sockets.add(socket);
    // A response is several small writes, which Nagle's algorithm would delay.
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (!silent) connected(socket);
  });
  server.on('tlsClientError', () => {});
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    setMode: async (mode) => {
      silent = mode === 'silent';
      if (mode === 'down') await stop();
      else if (!server.listening) await listen(port);
    },
    close: stop,
  };
}
