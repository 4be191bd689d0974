import type { Release } from '../../src/sandbox/cloud/release.ts';

/** A sequence of requests to a cloud, and the replies of OpenStack. */
export interface Exchange {
  readonly name: string;
  /** The releases that answer so; all by default. */
  readonly releases?: readonly Release[];
  readonly steps: readonly Step[];
}

export type Service = 'identity' | 'compute' | 'image' | 'network';

/** One request. `{name}` in path, headers, body and fields is a variable of the cloud or a saved value. */
export interface Step {
  /** `alice`: her project-scoped token; `alice:unscoped`; `anonymous`: no token; `{name}`: a saved token. */
  readonly as: string;
  readonly method: string;
  readonly service: Service;
  readonly path: string;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
  /** `null` omits a header. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly expect: Expected;
  /** Repeat the request until the reply is as expected, up to a limit. */
  readonly retry?: boolean;
  /** Values to keep: a field's path, or `header:<name>`. */
  readonly save?: Readonly<Record<string, string>>;
}

export interface Expected {
  readonly status: number;
  readonly kind: 'json' | 'html' | 'empty';
  /** Expected headers: a value or a pattern. */
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  /** By path (`server.status`, `servers.0.id`, `servers.length`): a value, a pattern or a test. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export type Test = (value: unknown) => boolean;

type StepOptions = Partial<Omit<Step, 'as' | 'method' | 'service' | 'path' | 'expect'>>;

/** A step from the user, `METHOD service path`, the expected reply and further options. */
export function step(as: string, request: string, expect: Expected, more: StepOptions = {}): Step {
  const [method = '', service = '', path = ''] = request.split(' ');
  return { as, method, service: service as Service, path, expect, ...more };
}

export function jsonReply(status: number, fields: Expected['fields'] = {}): Expected {
  return { status, kind: 'json', fields };
}

export function emptyReply(status: number): Expected {
  return { status, kind: 'empty' };
}

const novaKinds: Readonly<Record<number, string>> = {
  400: 'badRequest',
  403: 'forbidden',
  404: 'itemNotFound',
  406: 'computeFault',
  409: 'conflictingRequest',
};

export function novaRefusal(status: number, message: unknown): Expected {
  const kind = novaKinds[status] ?? 'computeFault';
  return {
    status,
    kind: 'json',
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    fields: { [`${kind}.code`]: status, [`${kind}.message`]: message },
  };
}

export function neutronRefusal(status: number, type: string, message: unknown): Expected {
  return jsonReply(status, {
    'NeutronError.type': type,
    'NeutronError.message': message,
    'NeutronError.detail': '',
  });
}

export function keystoneRefusal(status: number, title: string, message: unknown): Expected {
  return jsonReply(status, {
    'error.code': status,
    'error.title': title,
    'error.message': message,
  });
}

/** The 401 of keystonemiddleware, the same in Keystone, Nova and Neutron. */
export const unauthorized: Expected = {
  ...keystoneRefusal(401, 'Unauthorized', 'The request you have made requires authentication.'),
  headers: { 'www-authenticate': /^Keystone uri="http.*\/v3"$/ },
};

export const hex32 = /^[0-9a-f]{32}$/;
export const hex64 = /^[0-9a-f]{64}$/;
export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const secondTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
export const tokenTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
export const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;
export const absent: Test = (value) => value === undefined;
export const anyText: Test = (value) => typeof value === 'string';
export const anyNumber: Test = (value) => typeof value === 'number';

export function listWith(test: (row: Record<string, unknown>) => boolean): Test {
  return (value) => Array.isArray(value) && value.some(test);
}

export const unknownId = '00000000-0000-0000-0000-000000000000';
