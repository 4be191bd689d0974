import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxCertificates } from './certificates.ts';
import { startListener } from './listener.ts';
import { createConnectionHandler, type PasswordPolicyState } from './operations.ts';
import { type Group, groups as labGroups, people as labPeople, type Person } from './people.ts';
import { buildTree, type Entry, normalizeDn, normalizeValue, type Tree } from './tree.ts';

export interface DirectoryOptions {
  readonly people?: readonly Person[];
  readonly groups?: readonly Group[];
}

/** How many binds named a person, by outcome. */
export interface Binds {
  readonly accepted: number;
  readonly refused: number;
}

/** A running LDAP server, spoken to over TLS only. */
export interface Directory {
  /** `ldaps://127.0.0.1:<port>` */
  readonly url: string;
  readonly caFile: string;
  /** A CA that did not sign the server's certificate. */
  readonly otherCaFile: string;
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
  readonly binds: (name: string) => Binds;
  /** The canonical name when the password is right; asks nothing over the network and counts no bind. */
  readonly check: (name: string, password: string) => string | undefined;
  /** Sets what the password policy says of a person; undefined: nothing. */
  readonly setPolicy: (name: string, policy: PasswordPolicyState | undefined) => void;
  /** `silent`: accepts connections and never answers; `down`: refuses them. */
  readonly setMode: (mode: 'well' | 'silent' | 'down') => Promise<void>;
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

  const certificates = await sandboxCertificates();
  const folder = await mkdtemp(join(tmpdir(), 'nubes-nb-directory-'));
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
    setMode: listener.setMode,
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
