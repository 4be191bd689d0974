import { onTestFinished } from 'vitest';
import { type Cloud, type CloudOptions, startCloud } from '../../../src/sandbox/cloud/cloud.ts';

/** A cloud whose clock only moves by `advance`, and alice's requests to it. */
export interface TestCloud {
  readonly cloud: Cloud;
  advance(milliseconds: number): void;
  token(): Promise<string>;
  nova(method: string, path: string, body?: unknown): Promise<Answer>;
  neutron(method: string, path: string): Promise<Answer>;
  create(more?: object): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body's field at this path; `undefined` if it is missing or the body is not JSON. */
  at(path: string): unknown;
}

export async function startTestCloud(options: CloudOptions = {}): Promise<TestCloud> {
  let clock = Date.parse('2026-11-22T20:00:00Z');
  const cloud = await startCloud({ now: () => new Date(clock), ...options });
  onTestFinished(() => cloud.close());
  let cached: Promise<string> | undefined;
  const token = () => {
    cached ??= logIn(cloud);
    return cached;
  };
  const send = async (base: string, method: string, path: string, body?: unknown) => {
    const reply = await fetch(`${base}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        'x-auth-token': await token(),
        'openstack-api-version': 'compute 2.90',
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return answer(reply);
  };
  const nova: TestCloud['nova'] = (method, path, body) =>
    send(cloud.endpoints.compute, method, path, body);
  return {
    cloud,
    advance(milliseconds) {
      clock += milliseconds;
    },
    token,
    nova,
    neutron: (method, path) => send(`${cloud.endpoints.network}/v2.0`, method, path),
    create: (more = {}) =>
      nova('POST', '/servers', { server: { ...minimalServer(cloud), ...more } }),
  };
}

function minimalServer({ images, flavors, networks }: Cloud): object {
  const network = networks.find(({ name }) => name === 'Internal')?.id;
  const flavor = flavors.find(({ name }) => name === 'l3.nano')?.id;
  return {
    name: 'nb-alice-thesis',
    imageRef: images[0]?.id,
    flavorRef: flavor,
    networks: [{ uuid: network }],
  };
}

export async function logIn(
  cloud: Cloud,
  name = 'alice',
  password = 'alice-pw-1',
): Promise<string> {
  const user = { name, domain: { name: 'stfc' }, password };
  const scope = { project: { name: 'jupyter-notebooks', domain: { name: 'Default' } } };
  const auth = { identity: { methods: ['password'], password: { user } }, scope };
  const reply = await fetch(`${cloud.authUrl}/auth/tokens`, {
    method: 'POST',
    body: JSON.stringify({ auth }),
  });
  await reply.text();
  return reply.headers.get('x-subject-token') ?? '';
}

async function answer(reply: Response): Promise<Answer> {
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, text, at: (path) => fieldAt(text, path) };
}

function fieldAt(text: string, path: string): unknown {
  try {
    return path.split('.').reduce<unknown>((one, key) => {
      return typeof one === 'object' && one !== null
        ? (one as Record<string, unknown>)[key]
        : undefined;
    }, JSON.parse(text));
  } catch {
    return undefined;
  }
}
