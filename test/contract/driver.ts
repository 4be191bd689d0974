import { request } from 'node:http';
import type { Exchange, Expected, Service, Step } from './exchange.ts';

/** The cloud that a contract is tried on, real or sandbox. */
export interface Party {
  /** Without a version: `http://127.0.0.1:5000`. */
  readonly origins: Readonly<Record<Service, string>>;
  /** What `{word}` stands for. */
  readonly facts: Readonly<Record<string, string>>;
  readonly password: (user: string) => string;
  readonly projectOf: (user: string) => string;
  /** Lets the cloud get on with its work. */
  readonly pass: () => Promise<void>;
}

export interface Driver {
  /** Throws an error that names each difference. */
  run(exchange: Exchange): Promise<void>;
  /** A request outside any exchange, for cleaning up. */
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

const patience = 60;

export function createDriver(party: Party): Driver {
  const tokens = new Map<string, Promise<string>>();
  const tokenFor = (as: string, words: Words): Promise<string> | string => {
    if (as.startsWith('{')) return fill(as, words) as string;
    const known = tokens.get(as) ?? logIn(party, as);
    tokens.set(as, known);
    return known;
  };

  async function ask(one: Step, words: Words): Promise<Answer> {
    const path = String(fill(one.path, words));
    const url = path.startsWith('~') ? path.slice(1) : `${prefixes[one.service]}${path}`;
    const token = one.as === 'nobody' ? null : await tokenFor(one.as, words);
    const headers = filled(
      {
        accept: 'application/json',
        'x-auth-token': token,
        ...(one.service === 'compute' && { 'openstack-api-version': 'compute 2.90' }),
        ...(one.body !== undefined && { 'content-type': 'application/json' }),
        ...one.headers,
      },
      words,
    );
    const body =
      one.text ?? (one.body === undefined ? null : JSON.stringify(fill(one.body, words)));
    return exchangeOnce(`${party.origins[one.service]}${url}`, {
      method: one.method,
      headers,
      body,
    });
  }

  return {
    async run({ steps }) {
      const words: Words = { ...party.facts };
      for (const [index, one] of steps.entries()) {
        let answer = await ask(one, words);
        for (let tries = 1; one.patient && tries < patience; tries += 1) {
          if (differences(answer, one.expect, words).length === 0) break;
          await party.pass();
          answer = await ask(one, words);
        }
        complain(index, one, answer, differences(answer, one.expect, words));
        for (const [word, path] of Object.entries(one.save ?? {})) {
          words[word] = path.startsWith('header:')
            ? (answer.header(path.slice(7)) ?? '')
            : String(fieldAt(answer.json, path));
        }
      }
    },
    send: (as, method, service, path) =>
      ask({ as, method, service, path, expect: { status: 0, kind: 'json' } }, party.facts),
  };
}

type Words = Record<string, string>;

async function logIn(party: Party, as: string): Promise<string> {
  const [user = '', scope] = as.split(':');
  const project = { name: party.projectOf(user), domain: { name: 'Default' } };
  const password = {
    user: { name: user, domain: { name: 'stfc' }, password: party.password(user) },
  };
  const identity = { methods: ['password'], password };
  const auth = scope === 'unscoped' ? { identity } : { identity, scope: { project } };
  const reply = await exchangeOnce(`${party.origins.identity}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const token = reply.header('x-subject-token');
  if (reply.status !== 201 || !token) throw new Error(`${user} cannot log in: ${reply.status}`);
  return token;
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** One request on a connection of its own: Keystone closes its connections after each answer. */
function exchangeOnce(url: string, { method, headers, body }: Sent): Promise<Answer> {
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

/** `{word}` replaced in every text of the value. */
function fill(value: unknown, words: Readonly<Words>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, words));
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [String(fill(key, words)), fill(one, words)]),
  );
}

function filled(
  headers: Readonly<Record<string, string | null>>,
  words: Readonly<Words>,
): Record<string, string> {
  const sent = Object.entries(headers).filter(([, value]) => value !== null);
  return Object.fromEntries(sent.map(([name, value]) => [name, String(fill(value, words))]));
}

function differences(answer: Answer, expected: Expected, words: Readonly<Words>): string[] {
  const found: string[] = [];
  if (answer.status !== expected.status) found.push(`status ${answer.status}`);
  if (kindOf(answer) !== expected.kind) found.push(`a body that is ${kindOf(answer)}`);
  for (const [name, wanted] of Object.entries(expected.headers ?? {})) {
    const value = answer.header(name);
    if (!agrees(value, fill(wanted, words))) found.push(`header ${name}: ${value}`);
  }
  for (const [path, wanted] of Object.entries(expected.fields ?? {})) {
    const value = fieldAt(answer.json, String(fill(path, words)));
    if (!agrees(value, fill(wanted, words))) found.push(`${path} = ${JSON.stringify(value)}`);
  }
  const id = answer.header('x-openstack-request-id');
  if (id !== null && !/^req-[0-9a-f-]{36}$/.test(id)) found.push(`request id ${id}`);
  return found;
}

function kindOf({ header, text }: Answer): string {
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

function agrees(value: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'function') return Boolean(wanted(value));
  if (wanted instanceof RegExp) return typeof value === 'string' && wanted.test(value);
  return JSON.stringify(value) === JSON.stringify(wanted);
}

function complain(
  index: number,
  { as, method, service, path, expect }: Step,
  answer: Answer,
  found: readonly string[],
): void {
  if (found.length === 0) return;
  const said = answer.text.slice(0, 600);
  throw new Error(
    `step ${index + 1}, ${as} ${method} ${service} ${path}, expected ${expect.status} ${expect.kind}: ${found.join('; ')}\n${said}`,
  );
}
