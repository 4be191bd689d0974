import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { SessionDependencies, SessionSettings } from '../../src/session/dependencies.ts';
import type { Keytar, World } from '../../src/world.ts';
import { type Answer, quietHttp, type Seen, serve } from '../openstack/fake-service.ts';

interface Issued {
  readonly method: 'password' | 'token' | 'application_credential';
  readonly project: string | undefined;
  readonly credential?: string | undefined;
}

/** Keystone and Nova's version document, as strict about tokens and credentials as the real ones. */
export interface FakeCloud {
  readonly authUrl: string;
  readonly seen: Seen[];
  readonly tokens: Map<string, Issued>;
  readonly credentials: Map<
    string,
    { id: string; name: string; secret: string; expires_at: string }
  >;
  readonly projects: { id: string; name: string }[];
  /** Status with which making a credential is refused. */
  refuseCredentials: number | undefined;
  /** Seconds a token lives. */
  lifetime: number;
}

export const now = new Date('2026-11-22T12:00:00Z');

export async function fakeCloud(): Promise<FakeCloud> {
  const cloud = {
    tokens: new Map<string, Issued>(),
    credentials: new Map(),
    projects: [{ id: 'p1', name: 'jupyter-notebooks' }],
    refuseCredentials: undefined as number | undefined,
    lifetime: 3600,
  };
  const { url, seen } = await serve((request) => answer(request));
  const answer = (request: Seen): Answer => {
    const { method, path } = request;
    if (path === '/v2.1/')
      return { json: { version: { id: 'v2.1', version: '2.93', min_version: '2.1' } } };
    if (method === 'POST' && path === '/v3/auth/tokens') return authenticate(request);
    const holder = cloud.tokens.get(String(request.headers['x-auth-token']));
    if (holder === undefined) return refusal(401);
    if (path === '/v3/auth/projects') return { json: { projects: cloud.projects } };
    if (path === '/v3/auth/tokens') {
      const subject = String(request.headers['x-subject-token']);
      if (!cloud.tokens.has(subject)) return refusal(404);
      if (method === 'DELETE') cloud.tokens.delete(subject);
      return method === 'DELETE' ? { status: 204 } : { json: { token: {} } };
    }
    return credentials(request, holder);
  };
  const authenticate = ({ body }: Seen): Answer => {
    const { identity, scope } = (body as { auth: Wire }).auth;
    if (identity.password) {
      const { user } = identity.password;
      if (user.name !== 'alice' || user.domain.name !== 'stfc' || user.password !== 'alice-pw') {
        return refusal(401);
      }
    }
    if (identity.token && !cloud.tokens.has(identity.token.id)) return refusal(404);
    const given = identity.application_credential;
    if (given && cloud.credentials.get(given.id)?.secret !== given.secret) return refusal(401);
    const project = given ? 'p1' : typeof scope === 'object' ? scope.project?.id : undefined;
    const method = identity.methods[0] ?? 'password';
    return issue({ method, project, credential: given?.id });
  };
  const issue = (issued: Issued): Answer => {
    const id = `gAAAA-${randomBytes(60).toString('base64url')}`;
    cloud.tokens.set(id, issued);
    const project = cloud.projects.find((each) => each.id === issued.project);
    const token = {
      expires_at: new Date(now.getTime() + cloud.lifetime * 1000).toISOString(),
      issued_at: now.toISOString(),
      user: { id: 'u1', name: 'alice', domain: { id: 'd1', name: 'stfc' } },
      ...(project && { project, roles: [{ name: 'user' }], catalog: catalogAt(url) }),
    };
    return { status: 201, headers: { 'X-Subject-Token': id }, json: { token } };
  };
  const credentials = ({ method, path, body }: Seen, holder: Issued): Answer => {
    const id = path.split('/')[5];
    if (!path.startsWith('/v3/users/u1/application_credentials')) return refusal(404);
    if (method === 'GET')
      return { json: { application_credentials: [...cloud.credentials.values()] } };
    if (holder.method === 'application_credential' || holder.project === undefined)
      return refusal(403);
    if (method === 'DELETE') {
      for (const [token, { credential }] of cloud.tokens) {
        if (credential === id) cloud.tokens.delete(token);
      }
      return cloud.credentials.delete(id ?? '') ? { status: 204 } : refusal(404);
    }
    if (cloud.refuseCredentials !== undefined) return refusal(cloud.refuseCredentials);
    const wanted = (body as { application_credential: { name: string; expires_at: string } })
      .application_credential;
    const made = {
      ...wanted,
      id: `c${cloud.credentials.size + 1}`,
      secret: randomBytes(64).toString('base64url'),
    };
    cloud.credentials.set(made.id, made);
    return { status: 201, json: { application_credential: made } };
  };
  return Object.assign(cloud, { authUrl: `${url}/v3`, seen });
}

interface Wire {
  readonly identity: {
    readonly methods: Issued['method'][];
    readonly password?: { user: { name: string; password: string; domain: { name: string } } };
    readonly token?: { id: string };
    readonly application_credential?: { id: string; secret: string };
  };
  readonly scope?: 'unscoped' | { project?: { id: string } };
}

function refusal(status: number): Answer {
  return { status, json: { error: { code: status, title: 'Refused', message: 'No.' } } };
}

function catalogAt(url: string) {
  const paths = { identity: '/v3', compute: '/v2.1', image: '', network: '' };
  return Object.entries(paths).map(([type, path]) => ({
    type,
    endpoints: [{ interface: 'public', region: 'RegionOne', url: `${url}${path}` }],
  }));
}

/** A keychain in memory. */
export function memoryKeychain(): Keytar & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    getPassword: async (_service, account) => entries.get(account) ?? null,
    setPassword: async (_service, account, secret) => {
      entries.set(account, secret);
    },
    deletePassword: async (_service, account) => entries.delete(account),
  };
}

export interface Computer extends SessionDependencies {
  readonly keytar: ReturnType<typeof memoryKeychain>;
  readonly traces: string[];
  readonly later: (milliseconds: number) => Computer;
  readonly with: (changes: {
    context?: string;
    openstack?: Partial<SessionSettings['openstack']>;
    store?: 'keychain' | 'file';
    environment?: World['environment'];
  }) => Computer;
}

/** A computer with a state folder and a keychain of its own. */
export function computer(authUrl: string | undefined): Computer {
  const home = mkdtempSync(join(tmpdir(), 'nubes-nb-session-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const keytar = memoryKeychain();
  const traces: string[] = [];
  const settings: SessionSettings = {
    context: undefined,
    openstack: {
      authUrl,
      region: 'RegionOne',
      interface: 'public',
      userDomain: 'stfc',
      project: undefined,
    },
    ldap: undefined,
    session: { ttlMs: 7 * 86_400_000, store: 'keychain' },
  };
  const world: World = {
    environment: {},
    home,
    cwd: home,
    platform: 'linux',
    architecture: 'x64',
    nodeVersion: '20.19.0',
    userId: process.geteuid?.(),
    hostname: 'lap top',
    self: { command: ['nubes-nb'], keychainCommand: ['keychain'], root: home, pid: 1 },
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    now: () => now,
    sleep: async () => {},
    random: () => 0.5,
    interrupted: new AbortController().signal,
    passSignals: () => () => {},
    keytar,
  };
  return build({ world, settings, home, keytar, traces });
}

interface Parts {
  readonly world: World;
  readonly settings: SessionSettings;
  readonly home: string;
  readonly keytar: ReturnType<typeof memoryKeychain>;
  readonly traces: string[];
}

function build(parts: Parts): Computer {
  const { world, settings, home, keytar, traces } = parts;
  const { http } = quietHttp({ timeoutMs: 2_000, now: world.now });
  return {
    world,
    settings,
    places: { state: join(home, 'state') },
    http,
    trace: (text) => traces.push(text),
    keytar,
    traces,
    later: (milliseconds) => {
      const then = new Date(world.now().getTime() + milliseconds);
      return build({ ...parts, world: { ...world, now: () => then } });
    },
    with: ({ context, openstack, store, environment }) =>
      build({
        ...parts,
        world: { ...world, environment: environment ?? world.environment },
        settings: {
          ...settings,
          context: context ?? settings.context,
          openstack: { ...settings.openstack, ...openstack },
          session: { ...settings.session, store: store ?? settings.session.store },
        },
      }),
  };
}
