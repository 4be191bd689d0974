import type { TLSSocket } from 'node:tls';
import type { Server } from 'ldapjs';
import { type Filter, hasValue, matches, valuesOf } from './filter.ts';
import {
  dnAttributes,
  type Entry,
  normalizeDn,
  operationalAttributes,
  rootDse,
  type Tree,
} from './tree.ts';

/** The state of an account under its password policy, as far as clients see it. */
export type PasswordPolicyState = 'locked' | 'expired' | 'mustChange' | 'grace' | 'expiring';

export interface LdapContext {
  readonly tree: Tree;
  /** By normalized DN. */
  readonly policyOf: (dn: string) => PasswordPolicyState | undefined;
  readonly onBind: (dn: string, outcome: 'accepted' | 'refused') => void;
  /** Whether connections are closed after their first bind. */
  readonly closesAfterBind: () => boolean;
}

interface LdapRequest {
  readonly connection: { readonly end: () => void };
  readonly dn: { readonly toString: () => string };
}
interface BindRequest extends LdapRequest {
  readonly credentials: string;
  readonly controls: readonly { readonly type: string }[];
}
interface SearchRequest extends LdapRequest {
  /** 0: the entry itself, 1: its children, 2: the whole subtree. */
  readonly scope: number;
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly sizeLimit: number;
}
interface CompareRequest extends LdapRequest {
  readonly attribute: string;
  readonly value: string;
}
interface Response {
  readonly end: (status?: number) => void;
  diagnosticMessage: string;
  matchedDN: string;
  controls: object[];
}
interface SearchResponse extends Response {
  readonly createSearchEntry: (entry: { dn: string; attributes: object[] }) => object;
  readonly send: (entry: object) => void;
}

interface PolicyValue {
  readonly error?: number;
  readonly graceAuthNsRemaining?: number;
  readonly timeBeforeExpiration?: number;
}

/** Missing from the types of ldapjs. */
interface Untyped {
  readonly PasswordPolicyControl: {
    OID: string;
    new (options: { value: PolicyValue }): { type: string };
  };
}
interface UntypedServer {
  readonly newConnection: (socket: TLSSocket) => void;
}

const resultCodes = {
  sizeLimitExceeded: 4,
  compareFalse: 5,
  compareTrue: 6,
  noSuchAttribute: 16,
  invalidSyntax: 21,
  noSuchObject: 32,
  invalidCredentials: 49,
  insufficientAccess: 50,
  unwillingToPerform: 53,
} as const;

const passwordPolicyControl = '1.3.6.1.4.1.42.2.27.8.5.1';
const policyValues: Readonly<Record<PasswordPolicyState, PolicyValue>> = {
  expired: { error: 0 },
  locked: { error: 1 },
  mustChange: { error: 2 },
  grace: { graceAuthNsRemaining: 2 },
  expiring: { timeBeforeExpiration: 3 * 86_400 },
};

/** A handler for connections, which answers as OpenLDAP does for the lab's tree. */
export async function createConnectionHandler(
  context: LdapContext,
): Promise<(socket: TLSSocket) => void> {
  const { default: ldapjs } = await import('ldapjs');
  const { PasswordPolicyControl } = ldapjs as typeof ldapjs & Untyped;
  // ldapjs fails on this control without a value, as clients send it. Under another OID it is not parsed.
  PasswordPolicyControl.OID = 'unnamed';
  const server = ldapjs.createServer() as Server & UntypedServer;
  // Malformed messages and lost connections are reported here; the connection is already closed.
  server.on('error', () => {});
  server.on('clientError', () => {});

  const policyByConnection = new WeakMap<object, PasswordPolicyState | 'free'>();
  const readerOf = (request: LdapRequest) => policyByConnection.get(request.connection);

  server.bind('', (request: BindRequest, response: Response) => {
    policyByConnection.delete(request.connection);
    const outcome = bind(context, request);
    const policy = context.policyOf(normalizeDn(request.dn.toString()));
    const wantsPolicy = request.controls.some(({ type }) => type === passwordPolicyControl);
    if (policy !== undefined && wantsPolicy && outcome.passwordIsRight) {
      const control = new PasswordPolicyControl({ value: policyValues[policy] });
      control.type = passwordPolicyControl;
      response.controls = [control];
    }
    response.diagnosticMessage = outcome.message;
    if (outcome.status === 0) policyByConnection.set(request.connection, policy ?? 'free');
    response.end(outcome.status);
    if (context.closesAfterBind()) request.connection.end();
  });

  const sendEntry = (response: SearchResponse, entry: Entry, requested: readonly string[]) => {
    const attributes = select(entry, requested).map(
      ([type, values]) => new ldapjs.Attribute({ type, values: [...values] }),
    );
    response.send(response.createSearchEntry({ dn: entry.dn, attributes }));
  };

  server.search('', (request: SearchRequest, response: SearchResponse) => {
    const reader = readerOf(request);
    if (reader === 'mustChange') {
      response.diagnosticMessage =
        'Operations are restricted to bind/unbind/abandon/StartTLS/modify password';
      response.end(resultCodes.insufficientAccess);
      return;
    }
    const base = normalizeDn(request.dn.toString());
    if (base === '' && request.scope === 0) {
      sendEntry(response, rootDse, request.attributes);
      response.end(0);
      return;
    }
    if (reader === undefined || !context.tree.has(base)) {
      response.end(resultCodes.noSuchObject);
      return;
    }
    const found = search(context.tree, base, request);
    const limited = request.sizeLimit > 0 ? found.slice(0, request.sizeLimit) : found;
    for (const entry of limited) sendEntry(response, entry, request.attributes);
    response.end(limited.length < found.length ? resultCodes.sizeLimitExceeded : 0);
  });

  server.compare('', (request: CompareRequest, response: Response) => {
    const entry = context.tree.get(normalizeDn(request.dn.toString()));
    response.end(
      readerOf(request) === undefined || entry === undefined
        ? resultCodes.noSuchObject
        : compare(entry, request),
    );
  });

  const rejectWrite = (_request: LdapRequest, response: Response) => {
    response.end(resultCodes.insufficientAccess);
  };
  server.add('', rejectWrite);
  server.modify('', rejectWrite);
  server.modifyDN('', rejectWrite);
  server.del('', rejectWrite);

  return (socket) => server.newConnection(socket);
}

interface BindOutcome {
  readonly status: number;
  readonly message: string;
  readonly passwordIsRight: boolean;
}

function bind({ tree, policyOf, onBind }: LdapContext, request: BindRequest): BindOutcome {
  const dn = normalizeDn(request.dn.toString());
  const { credentials } = request;
  if (credentials === '') {
    return {
      status: resultCodes.unwillingToPerform,
      message: 'unauthenticated bind (DN with no password) disallowed',
      passwordIsRight: false,
    };
  }
  const passwordIsRight = tree.get(dn)?.password === credentials;
  const accepted = passwordIsRight && !['locked', 'expired'].includes(policyOf(dn) ?? '');
  onBind(dn, accepted ? 'accepted' : 'refused');
  const status = accepted ? 0 : resultCodes.invalidCredentials;
  return { status, message: '', passwordIsRight };
}

function search(tree: Tree, base: string, { scope, filter }: SearchRequest): Entry[] {
  const depth = (dn: string) => dn.split(/(?<!\\),/).length;
  return [...tree]
    .filter(([dn]) => {
      if (scope === 0) return dn === base;
      if (scope === 1) return dn.endsWith(`,${base}`) && depth(dn) === depth(base) + 1;
      return dn === base || dn.endsWith(`,${base}`);
    })
    .map(([, entry]) => entry)
    .filter((entry) => matches(filter, entry));
}

/** The requested attributes: by default all but operational ones; `+` for those, `1.1` for none. */
function select(entry: Entry, requested: readonly string[]): [string, readonly string[]][] {
  const wanted = new Set(requested.map((name) => name.toLowerCase()));
  const ordinary = wanted.size === 0 || wanted.has('*');
  return Object.entries(entry.attributes).filter(([name]) => {
    if (wanted.has(name.toLowerCase())) return true;
    return operationalAttributes.includes(name) ? wanted.has('+') : ordinary;
  });
}

function compare(entry: Entry, { attribute, value }: CompareRequest): number {
  if (dnAttributes.includes(attribute.toLowerCase()) && !/^\s*[\w.-]+\s*=/.test(value)) {
    return resultCodes.invalidSyntax;
  }
  if (valuesOf(entry, attribute).length === 0) return resultCodes.noSuchAttribute;
  return hasValue(entry, attribute, value) ? resultCodes.compareTrue : resultCodes.compareFalse;
}
