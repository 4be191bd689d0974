import { request } from 'node:http';
import type { Exchange, Expected, Service, Step } from './exchange.ts';

/** The cloud under test: the sandbox or real services. */
export interface Cloud {
  /** Without a version: `http://127.0.0.1:5000`. */
  readonly origins: Readonly<Record<Service, string>>;
  /** The values of `{name}` in exchanges. */
  readonly variables: Readonly<Record<string, string>>;
  readonly password: (user: string) => string;
  readonly projectOf: (user: string) => string;
  /** Waits between attempts, by the cloud's clock. */
  readonly wait: () => Promise<void>;
}

export interface Driver {
  /** Throws an error that lists all differences. */
  run(exchange: Exchange): Promise<void>;
  /** Sends a request outside an exchange, for cleaning up. */
  send(as: string, method: string, service: Service, path: string): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
  readonly json: unknown;
}

const prefixes: Readonly<Record<Service, string>> = {
  identity: '/v3',
  compute: '/v2.1',
  image: '/v2',
  network: '/v2.0',
};

const maxAttempts = 60;

export function createDriver(cloud: Cloud): Driver {
  const tokens = new Map<string, Promise<string>>();
  const tokenFor = (as: string, variables: Variables): Promise<string> | string => {
    if (as.startsWith('{')) return fill(as, variables) as string;
    const known = tokens.get(as) ?? logIn(cloud, as);
    tokens.set(as, known);
    return known;
  };

  async function sendStep(one: Step, variables: Variables): Promise<Answer> {
    const path = String(fill(one.path, variables));
    const url = path.startsWith('~') ? path.slice(1) : `${prefixes[one.service]}${path}`;
    const token = one.as === 'anonymous' ? null : await tokenFor(one.as, variables);
    const headers = fillHeaders(
      {
        accept: 'application/json',
        'x-auth-token': token,
        ...(one.service === 'compute' && { 'openstack-api-version': 'compute 2.90' }),
        ...(one.body !== undefined && { 'content-type': 'application/json' }),
        ...one.headers,
      },
      variables,
    );
    const body =
      one.text ?? (one.body === undefined ? null : JSON.stringify(fill(one.body, variables)));
    return sendRequest(`${cloud.origins[one.service]}${url}`, {
      method: one.method,
      headers,
      body,
    });
  }

  return {
    async run({ steps }) {
      const variables: Variables = { ...cloud.variables };
      for (const [index, one] of steps.entries()) {
        let answer = await sendStep(one, variables);
        for (let attempt = 1; one.retry && attempt < maxAttempts; attempt += 1) {
          if (differences(answer, one.expect, variables).length === 0) break;
          await cloud.wait();
          answer = await sendStep(one, variables);
        }
        failOnDifferences(index, one, answer, differences(answer, one.expect, variables));
        for (const [name, path] of Object.entries(one.save ?? {})) {
          variables[name] = path.startsWith('header:')
            ? (answer.header(path.slice(7)) ?? '')
            : String(fieldAt(answer.json, path));
        }
      }
    },
    send: (as, method, service, path) =>
      sendStep({ as, method, service, path, expect: { status: 0, kind: 'json' } }, cloud.variables),
  };
}

type Variables = Record<string, string>;

async function logIn(cloud: Cloud, as: string): Promise<string> {
  const [user = '', scope] = as.split(':');
  const project = { name: cloud.projectOf(user), domain: { name: 'Default' } };
  const password = {
    user: { name: user, domain: { name: 'stfc' }, password: cloud.password(user) },
  };
  const identity = { methods: ['password'], password };
  const auth = scope === 'unscoped' ? { identity } : { identity, scope: { project } };
  const reply = await sendRequest(`${cloud.origins.identity}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const token = reply.header('x-subject-token');
  if (reply.status !== 201 || !token) throw new Error(`${user} cannot log in: ${reply.status}`);
  return token;
}

interface Outgoing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Sends a request on a new connection, since the lab's Keystone closes each after one response. */
function sendRequest(url: string, { method, headers, body }: Outgoing): Promise<Answer> {
  return new Promise((done, failed) => {
    const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { method, agent: false, headers: { ...headers, ...length }, timeout: 60_000 };
    const outgoing = request(url, options, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', failed);
      reply.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const header = (name: string) => reply.headers[name]?.toString() ?? null;
        done({ status: reply.statusCode ?? 0, header, text, json: parsed(text) });
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${url} timed out`)));
    outgoing.on('error', (cause) => failed(new Error(`${method} ${url}: ${cause.message}`)));
    outgoing.end(body ?? undefined);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Replaces `{name}` in all strings and patterns of the value. */
function fill(value: unknown, variables: Readonly<Variables>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\{(\w+)\}/g, (whole, name: string) => variables[name] ?? whole);
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, variables));
  if (value instanceof RegExp)
    return new RegExp(String(fill(value.source, variables)), value.flags);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [String(fill(key, variables)), fill(one, variables)]),
  );
}

function fillHeaders(
  headers: Readonly<Record<string, string | null>>,
  variables: Readonly<Variables>,
): Record<string, string> {
  const sent = Object.entries(headers).filter(([, value]) => value !== null);
  return Object.fromEntries(sent.map(([name, value]) => [name, String(fill(value, variables))]));
}

function differences(answer: Answer, expected: Expected, variables: Readonly<Variables>): string[] {
  const found: string[] = [];
  if (answer.status !== expected.status) found.push(`status ${answer.status}`);
  if (bodyKind(answer) !== expected.kind) found.push(`a body that is ${bodyKind(answer)}`);
  for (const [name, wanted] of Object.entries(expected.headers ?? {})) {
    const value = answer.header(name);
    if (!matches(value, fill(wanted, variables))) found.push(`header ${name}: ${value}`);
  }
  for (const [path, wanted] of Object.entries(expected.fields ?? {})) {
    const value = fieldAt(answer.json, String(fill(path, variables)));
    if (!matches(value, fill(wanted, variables))) found.push(`${path} = ${JSON.stringify(value)}`);
  }
  const id = answer.header('x-openstack-request-id');
  if (id !== null && !/^req-[0-9a-f-]{36}$/.test(id)) found.push(`request id ${id}`);
  return found;
}

function bodyKind({ header, text }: Answer): string {
  if (text === '') return 'empty';
  return header('content-type')?.startsWith('text/html') ? 'html' : 'json';
}

function fieldAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((one, key) => {
    return typeof one === 'object' && one !== null
      ? (one as Record<string, unknown>)[key]
      : undefined;
  }, value);
}

function matches(value: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'function') return Boolean(wanted(value));
  if (wanted instanceof RegExp) return typeof value === 'string' && wanted.test(value);
  return JSON.stringify(value) === JSON.stringify(wanted);
}

function failOnDifferences(
  index: number,
  { as, method, service, path, expect }: Step,
  answer: Answer,
  found: readonly string[],
): void {
  if (found.length === 0) return;
  const excerpt = answer.text.slice(0, 600);
  throw new Error(
    `step ${index + 1}, ${as} ${method} ${service} ${path}, expected ${expect.status} ${expect.kind}: ${found.join('; ')}\n${excerpt}`,
  );
}
