import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import ldap from 'ldapjs';
import { generate } from 'selfsigned';
import type { DirectorySettings } from '../../src/directory/directory.ts';

const people = 'ou=people,dc=lab,dc=test';

type Attributes = Readonly<Record<string, string | string[] | Buffer>>;

interface Person {
  readonly password: string;
  readonly attributes: Attributes;
}

/** The answer to every bind, with any password. */
export interface BindAnswer {
  /** LDAP result code. */
  readonly status: number;
  readonly message?: string;
  /** The password policy control of the response, if the client sent one. */
  readonly policy?: {
    error?: number;
    graceAuthNsRemaining?: number;
    timeBeforeExpiration?: number;
  };
  /** The values of further controls in hex, by OID. */
  readonly controls?: Readonly<Record<string, string>>;
}

export interface Misbehaviour {
  /** Closes the connection instead of answering the first request of this kind. */
  readonly hangUpOn?: 'bind' | 'search' | 'compare';
  /** Closes the connection once the bind is answered. */
  readonly hangUpAfterBind?: boolean;
  /** Attributes of groups are compared, but not found by a search. */
  readonly comparesOnly?: boolean;
  /** The server's own limit of a search. */
  readonly maxEntries?: number;
  /** The result codes of comparisons, by attribute. */
  readonly comparison?: Readonly<Record<string, number>>;
  /** Active Directory: the DNs of found entries are in upper case. */
  readonly isUpperCase?: boolean;
  /** The result code of searches below an entry. */
  readonly subtree?: number;
  /** 389 Directory Server: no entries, and not result 32, for an entry that does not exist. */
  readonly absentIsEmpty?: boolean;
}

interface Request {
  readonly connection: { destroy(): void; end(): void };
  readonly sizeLimit: number;
  readonly dn: { toString(): string };
  readonly controls: readonly { readonly type: string }[];
  readonly credentials: string;
  /** 0: the entry itself, 1: its children, 2: the subtree. */
  readonly scope: number;
  readonly filter: Filter;
  readonly attribute: string;
  readonly value: string;
}

interface Filter {
  readonly type: string;
  readonly filters?: readonly Filter[];
  readonly attribute?: string;
  readonly value?: string;
  toString(): string;
  matches(entry: object): boolean;
}

interface Response {
  controls: { type: string }[];
  diagnosticMessage: string;
  readonly createSearchEntry: (entry: { dn: string; attributes: object[] }) => object;
  readonly send: (entry: object) => void;
  readonly end: (status?: number) => void;
}

interface PolicyControl {
  OID: string;
  new (options: { value: object }): { type: string };
}

interface RawControl {
  new (options: { type: string }): { type: string };
}

/** Of Active Directory. */
const matchingRuleInChain = '1.2.840.113556.1.4.1941';
const policyControl = '1.3.6.1.4.1.42.2.27.8.5.1';

export interface FakeDirectory {
  readonly url: string;
  readonly port: number;
  readonly caFile: string;
  readonly settings: DirectorySettings;
  /** The DN of every bind, in order. */
  readonly binds: string[];
  /** The OIDs of the controls of each. */
  readonly bindControls: string[][];
  readonly filters: string[];
  /** Where each search began. */
  readonly bases: string[];
  readonly answer: (answer: BindAnswer) => void;
  readonly add: (uid: string, person: Person) => void;
  readonly addAt: (dn: string, person: Person) => void;
  readonly addGroup: (dn: string, attributes: Attributes) => void;
  readonly misbehave: (how: Misbehaviour) => void;
  readonly close: () => Promise<void>;
}

const labGroups: Readonly<Record<string, Attributes>> = {
  'cn=notebooks,ou=groups,dc=lab,dc=test': { member: [`uid=alice,${people}`] },
  'cn=posix,ou=groups,dc=lab,dc=test': { memberUid: ['bob'] },
  'cn=suspended,ou=groups,dc=lab,dc=test': { uniqueMember: [`uid=dave,${people}`] },
};

let certificate: Promise<{ private: string; cert: string }> | undefined;

/** A small LDAP server with TLS and its own certificate on 127.0.0.1. */
export async function fakeDirectory(): Promise<FakeDirectory> {
  certificate ??= generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const { private: key, cert } = await certificate;
  const { PasswordPolicyControl } = ldap as typeof ldap & { PasswordPolicyControl: PolicyControl };
  // ldapjs fails on this control without a value, as clients send it.
  PasswordPolicyControl.OID = 'unnamed';
  const server = ldap.createServer({ certificate: cert, key });
  // ldapjs reports a client here that closes the connection because of the certificate.
  server.on('error', () => {});
  server.on('clientError', () => {});
  // A response is several small writes, which Nagle's algorithm would delay.
  (server as unknown as { readonly server: TcpServer }).server.on(
    'secureConnection',
    (socket: Socket) => socket.setNoDelay(true),
  );
  const entries = new Map<string, Person>();
  const binds: string[] = [];
  const bindControls: string[][] = [];
  const filters: string[] = [];
  const bases: string[] = [];
  const groups = new Map(
    Object.entries(labGroups).map(([dn, values]) => [dn, { ...named(dn), ...values }]),
  );
  let bindAnswer: BindAnswer | undefined;
  let misbehaviour: Misbehaviour = {};
  const hangsUp = (kind: Misbehaviour['hangUpOn'], { connection }: Request): boolean => {
    if (misbehaviour.hangUpOn !== kind) return false;
    misbehaviour = {};
    connection.destroy();
    return true;
  };

  server.bind('', (request: Request, response: Response) => {
    const dn = normalize(request.dn.toString());
    binds.push(dn);
    bindControls.push(request.controls.map(({ type }) => type));
    if (hangsUp('bind', request)) return;
    const isRight = entries.get(dn)?.password === request.credentials;
    const {
      status,
      message = '',
      policy,
      controls = {},
    } = bindAnswer ?? { status: isRight ? 0 : 49 };
    if (policy !== undefined && request.controls.some(({ type }) => type === policyControl)) {
      const control = new PasswordPolicyControl({ value: policy });
      control.type = policyControl;
      response.controls = [control];
    }
    const others = Object.entries(controls).map(([type, hex]) => raw(type, hex));
    // ldapjs returns a copy of its list.
    response.controls = [...response.controls, ...others];
    response.diagnosticMessage = message;
    response.end(status);
    if (misbehaviour.hangUpAfterBind) request.connection.end();
  });
  const isMatch = (filter: Filter, dn: string, attributes: Attributes): boolean => {
    if (misbehaviour.comparesOnly && /member=\*/i.test(filter.toString())) return false;
    if (filter.type === 'OrFilter') {
      return filter.filters?.some((each) => isMatch(each, dn, attributes)) ?? false;
    }
    if (filter.type === 'EqualityFilter' && filter.attribute === 'member') {
      const values = [attributes['member'] ?? []].flat().map(String);
      return values.map(normalize).includes(normalize(filter.value ?? ''));
    }
    if (filter.type !== 'ExtensibleFilter') return filter.matches(attributes);
    if (!filter.toString().includes(`:${matchingRuleInChain}:=`)) return false;
    const listed = [attributes['member'] ?? []].flat().map(String);
    const isListed = listed.some((each) => normalize(each) === normalize(filter.value ?? ''));
    return isListed || listed.some((each) => isMatch(filter, each, groups.get(each) ?? {}));
  };
  server.search('', (request: Request, response: Response) => {
    const base = normalize(request.dn.toString());
    filters.push(request.filter.toString());
    bases.push(base);
    if (hangsUp('search', request)) return;
    if (base === 'ou=nope,dc=lab,dc=test') return response.end(32);
    if (request.scope === 2 && misbehaviour.subtree !== undefined)
      return response.end(misbehaviour.subtree);
    const isAbsent = base.startsWith('uid=') && !entries.has(base);
    if (isAbsent) return response.end(misbehaviour.absentIsEmpty ? 0 : 32);
    const people = [...entries].map(
      ([dn, { attributes }]) => [dn, { objectClass: 'person', ...attributes }] as const,
    );
    const found = [...people, ...groups].filter(([dn, attributes]) => {
      const isInside =
        request.scope === 0
          ? dn === base
          : dn.endsWith(base) && (request.scope === 2 || dn !== base);
      return isInside && isMatch(request.filter, dn, attributes);
    });
    const limits = [request.sizeLimit, misbehaviour.maxEntries ?? 0].filter((limit) => limit > 0);
    const sent = found.slice(0, Math.min(...limits, found.length));
    for (const [dn, attributes] of sent) {
      send(response, misbehaviour.isUpperCase ? dn.toUpperCase() : dn, attributes);
    }
    response.end(sent.length < found.length ? 4 : 0);
  });
  server.compare('', (request: Request, response: Response) => {
    if (hangsUp('compare', request)) return;
    const group = groups.get(normalize(request.dn.toString()));
    if (group === undefined) return response.end(32);
    const code = misbehaviour.comparison?.[request.attribute];
    if (code !== undefined) return response.end(code);
    const values = Object.entries(group).find(
      ([name]) => name.toLowerCase() === request.attribute.toLowerCase(),
    )?.[1];
    if (values === undefined || Buffer.isBuffer(values)) return response.end(16);
    response.end([values].flat().map(normalize).includes(normalize(request.value)) ? 6 : 5);
  });

  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(Number(new URL(server.url).port)));
  });
  const add = (uid: string, person: Person) => {
    entries.set(`uid=${uid},${people}`, { ...person, attributes: { uid, ...person.attributes } });
  };
  for (const uid of ['alice', 'bob', 'dave']) {
    add(uid, { password: `${uid}-pw`, attributes: { cn: uid } });
  }
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-ca-'));
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, cert);
  const url = `ldaps://127.0.0.1:${port}`;
  return {
    url,
    port,
    caFile,
    settings: settingsFor([url], caFile),
    binds,
    bindControls,
    filters,
    bases,
    add,
    addAt: (dn, person) => void entries.set(dn, person),
    answer: (answer) => {
      bindAnswer = answer;
    },
    addGroup: (dn, attributes) => {
      groups.set(dn, { ...named(dn), ...attributes });
    },
    misbehave: (how) => {
      misbehaviour = how;
    },
    close: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(folder, { recursive: true });
    },
  };
}

export function settingsFor(urls: readonly string[], caFile: string): DirectorySettings {
  return {
    urls,
    tls: 'ldaps',
    caFile,
    bindDnTemplates: [`uid={username},${people}`],
    search: undefined,
    allowedGroups: [],
    deniedGroups: [],
    nestedGroups: true,
    ownBase: undefined,
    domains: [],
    usernameAttribute: 'uid',
    usernamePattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$',
    timeoutMs: 5_000,
  };
}

/** Accepts connections and sends nothing. */
export async function silentServer(): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  return {
    port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A successful ExtendedResponse to the message with this id. */
const startTlsAccepted = (id: number) =>
  Buffer.from([48, 12, 2, 1, id, 120, 7, 10, 1, 0, 4, 0, 4, 0]);

/** Accepts StartTLS with a self-signed certificate and records what it receives through TLS. */
export async function startTlsServer(): Promise<{
  port: number;
  caFile: string;
  received: Buffer[];
  close: () => void;
}> {
  const { caFile, close: closeDirectory } = await fakeDirectory();
  const made = await certificate;
  const received: Buffer[] = [];
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (request: Buffer) => {
      socket.write(startTlsAccepted(request[4] ?? 0));
      const secure = new TLSSocket(socket, {
        isServer: true,
        key: made?.private,
        cert: made?.cert,
      });
      secure.on('error', () => {});
      secure.on('data', (data: Buffer) => void received.push(data));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    caFile,
    received,
    close: () => {
      server.close();
      void closeDirectory();
    },
  };
}

/** From a plain object, ldapjs drops attributes that a client requests in upper case. */
function send(response: Response, dn: string, values: Person['attributes']): void {
  const attributes = Object.entries(values).map(
    ([type, value]) =>
      new ldap.Attribute({ type, values: Buffer.isBuffer(value) ? [value] : [value].flat() }),
  );
  response.send(response.createSearchEntry({ dn, attributes }));
}

/** A control of ldapjs would send its value as UTF-8. */
function raw(type: string, hex: string): { type: string } {
  const { Control } = ldap as typeof ldap & { Control: RawControl };
  const write = (ber: { writeBuffer(value: Buffer, tag: number): void }) =>
    ber.writeBuffer(Buffer.from(hex, 'hex'), 0x04);
  return Object.assign(new Control({ type }), { _toBer: write });
}

/** What every group has. */
function named(dn: string): Attributes {
  return { cn: dn.split(/[=,]/)[1] ?? '', objectClass: 'groupOfNames' };
}

function normalize(dn: string): string {
  return dn.replace(/\s*([,=])\s*/g, '$1').toLowerCase();
}
