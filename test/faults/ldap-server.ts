import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import {
  disconnectionNotice,
  element,
  type Message,
  messageIn,
  reply,
  stringTag,
} from './ldap-messages.ts';

/** A step of a login with `ldap.search` and a group. */
export type Step = (typeof steps)[number];

export const steps = [
  'connect',
  'StartTLS',
  'TLS handshake',
  'bind of the search account',
  'search of the user',
  'bind of the user',
  'search of the own entry',
  'search of the group',
  'comparison with the group',
] as const;

/** A result code, or the name of a fault. */
export type LdapFault = number | (typeof faultNames)[number];

export const faultNames = [
  'refused',
  'silent',
  'reset',
  'closed',
  'HTTP',
  'unknown CA',
  'expired',
  'other host',
  'malformed',
  'other id',
  'other kind',
  'cut off',
  'notice',
  'partial',
  'none',
  'continued',
  'referral',
] as const;

export interface LdapServer {
  readonly url: string;
  readonly ca: string;
  /** Requests that came without TLS, besides StartTLS. */
  readonly plain: string[];
  readonly fail: (step: Step | undefined, fault?: LdapFault) => void;
  readonly close: () => void;
}

type Certificate = Readonly<Record<'cert' | 'key', string>>;

/** Passes a login on to another LDAP server, with TLS of its own, and fails at one step. */
export async function ldapServer(target: string, certificates: Certificates): Promise<LdapServer> {
  let failing: { readonly step: Step | undefined; readonly fault: LdapFault } | undefined;
  const plain: string[] = [];
  const sockets = new Set<Socket>();
  const faultAt = (step: Step) => (failing?.step === step ? failing.fault : undefined);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const fault = faultAt('connect');
    if (fault !== undefined) return failConnection(socket, fault);
    serve(socket, { target, certificates, faultAt, plain });
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `ldap://127.0.0.1:${port}`,
    ca: certificates.ca,
    plain,
    fail: (step, fault = 'silent') => {
      failing = { step, fault };
      if (step === 'connect' && fault === 'refused') server.close();
      else if (!server.listening) server.listen(port, '127.0.0.1');
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

interface Context {
  readonly target: string;
  readonly certificates: Certificates;
  readonly faultAt: (step: Step) => LdapFault | undefined;
  readonly plain: string[];
}

function serve(socket: Socket, context: Context): void {
  const { certificates, faultAt, plain } = context;
  socket.once('data', (data: Buffer) => {
    const request = messageIn(data);
    if (request?.kind !== 'extended') {
      plain.push(request?.kind ?? 'unknown');
      return socket.destroy();
    }
    const fault = faultAt('StartTLS');
    if (fault !== undefined) return failRequest(socket, request, fault);
    socket.write(reply(request, 0));
    const handshake = faultAt('TLS handshake');
    if (handshake === undefined) return serveTls(socket, certificates.good, context);
    const certificate = typeof handshake === 'string' ? certificates.bad[handshake] : undefined;
    if (certificate !== undefined) return serveTls(socket, certificate, context);
    failConnection(socket, handshake);
  });
}

function serveTls(socket: Socket, certificate: Certificate, context: Context): void {
  const secure = new TLSSocket(socket, { isServer: true, ...certificate });
  const { hostname: host, port } = new URL(context.target);
  const upstream = connectTls({ host, port: Number(port), rejectUnauthorized: false });
  for (const end of [secure, upstream]) end.on('error', () => {});
  upstream.on('data', (data: Buffer) => void secure.write(data));
  secure.on('close', () => upstream.destroy());
  upstream.on('close', () => secure.end());
  const stepOf = stepCounter();
  let received = Buffer.alloc(0);
  secure.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    for (let next = messageIn(received); next !== undefined; next = messageIn(received)) {
      received = received.subarray(next.bytes.length);
      const step = stepOf(next);
      const fault = step === undefined ? undefined : context.faultAt(step);
      if (fault === undefined) upstream.write(withoutMemberOf(next.bytes));
      else failRequest(secure, next, fault, socket);
    }
  });
}

/** As of a server without that attribute: it would decide before the group is asked. */
function withoutMemberOf(request: Buffer): Buffer {
  return Buffer.from(request.toString('latin1').replace('memberOf', 'memberNo'), 'latin1');
}

function stepCounter(): (message: Message) => Step | undefined {
  let binds = 0;
  let searches = 0;
  return ({ kind, scope }) => {
    if (kind === 'bind') return ++binds === 1 ? 'bind of the search account' : 'bind of the user';
    if (kind === 'compare') return 'comparison with the group';
    if (kind !== 'search') return undefined;
    if (scope === 0) return 'search of the own entry';
    return ++searches === 1 ? 'search of the user' : 'search of the group';
  };
}

function failConnection(socket: Socket, fault: LdapFault): void {
  if (fault === 'reset') socket.resetAndDestroy();
  if (fault === 'closed') socket.end();
  if (fault === 'HTTP') socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
}

/** `connection`: below TLS. */
function failRequest(
  socket: Socket,
  request: Message,
  fault: LdapFault,
  connection: Socket = socket,
): void {
  if (typeof fault === 'number') {
    socket.write(reply(request, fault));
    return;
  }
  const send = answers[fault];
  if (send === undefined) failConnection(fault === 'reset' ? connection : socket, fault);
  else send(socket, request);
}

const someDn = 'uid=alice,ou=people,dc=nubes,dc=test';
const elsewhere = 'ldap://elsewhere.invalid/dc=nubes,dc=test';

const answers: Partial<Record<LdapFault, (socket: Socket, request: Message) => void>> = {
  malformed: (socket) => void socket.write(Buffer.from('30050201ff7f00', 'hex')),
  'other id': (socket, request) => void socket.write(reply({ ...request, id: 99 }, 0)),
  'other kind': (socket, request) => void socket.write(reply({ ...request, kind: 'add' }, 0)),
  'cut off': (socket, request) => void socket.end(reply(request, 0).subarray(0, 6)),
  notice: (socket) => void socket.end(disconnectionNotice),
  partial: (socket, request) => {
    socket.write(element(0x30, [request.idBytes, entry(someDn)]));
    socket.write(reply(request, 4));
  },
  none: (socket, request) => void socket.write(reply(request, 0)),
  continued: (socket, request) => {
    const reference = element(0x73, [element(stringTag, [Buffer.from(elsewhere)])]);
    socket.write(element(0x30, [request.idBytes, reference]));
    socket.write(reply(request, 0));
  },
  referral: (socket, request) => void socket.write(reply(request, 10, elsewhere)),
};

function entry(dn: string): Buffer {
  return element(0x64, [element(stringTag, [Buffer.from(dn)]), element(0x30, [])]);
}

export interface Certificates {
  readonly ca: string;
  readonly good: Certificate;
  readonly bad: Partial<Record<LdapFault, Certificate>>;
}

export async function makeCertificates(): Promise<Certificates> {
  const authority = await generate([{ name: 'commonName', value: 'a test CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  const day = 86_400_000;
  const make = async (ip: string, { ca = authority, until = day } = {}): Promise<Certificate> => {
    const made = await generate([{ name: 'commonName', value: 'ldap' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { key: ca.private, cert: ca.cert },
      notBeforeDate: new Date(Date.now() - 2 * day),
      notAfterDate: new Date(Date.now() + until),
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip }] }],
    });
    return { cert: made.cert, key: made.private };
  };
  const other = await generate([{ name: 'commonName', value: 'another CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  return {
    ca: authority.cert,
    good: await make('127.0.0.1'),
    bad: {
      'unknown CA': await make('127.0.0.1', { ca: other }),
      expired: await make('127.0.0.1', { until: -day }),
      'other host': await make('192.0.2.1'),
    },
  };
}
