import type { CloudServer } from '../../src/sandbox/cloud/cloud.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { sharedBench, type Workbench } from './workbench.ts';

/** A shared bench with up to 40 notebooks and no quota. */
export async function unlimitedBench(): Promise<Workbench> {
  const bench = await sharedBench();
  bench.configure((toml) => `${toml}\n[limits]\nper_user = 40\n`);
  setQuota(bench, noQuota);
  return bench;
}

interface HasSandbox {
  readonly sandbox: Sandbox;
}

export const noQuota = { instances: -1, cores: -1, ram: -1 };

/** Nova's quota of the project; -1 is no limit. */
export function setQuota({ sandbox }: HasSandbox, quota: Readonly<Record<string, number>>): void {
  const project = sandbox.cloud.projects.find(({ name }) => name === 'jupyter-notebooks');
  Object.assign(project?.quota ?? {}, quota);
}

/** Matches the create request, for faults. */
export const post = { service: 'Nova', method: 'POST', path: /\/servers$/ } as const;

/** The servers that are not deleted. */
export function liveServers({ sandbox }: HasSandbox): CloudServer[] {
  return [...sandbox.cloud.servers.values()].filter(({ status }) => status !== 'DELETED');
}

/** The create requests so far. */
export function createRequests({ sandbox }: HasSandbox) {
  return sandbox.cloud.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/servers'),
  );
}

/** Imports the key pair. Without it Nova refuses the first create request, which would meet the fault. */
export async function importKey({ nb, sandbox }: Workbench): Promise<void> {
  await nb('create warm-up --no-wait');
  const imported = [...sandbox.cloud.keyPairs];
  await nb('delete warm-up --yes');
  sandbox.cloud.keyPairs.push(...imported);
}

/** Sends a request of alice, as another program than ours would. The answer's body; empty without one. */
export async function requestAsAlice(
  { sandbox }: HasSandbox,
  method: string,
  [service, path]: readonly ['compute' | 'network' | 'image', string],
  body?: object,
): Promise<unknown> {
  const { endpoints } = sandbox.cloud;
  const alice = sandbox.people.find(({ name }) => name === 'alice');
  const login = await fetch(`${endpoints.identity}/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { ...alice, domain: { name: 'stfc' } } },
        },
        scope: { project: { name: 'jupyter-notebooks', domain: { name: 'Default' } } },
      },
    }),
  });
  const reply = await fetch(`${endpoints[service]}${path}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      'X-Auth-Token': login.headers.get('x-subject-token') ?? '',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return text === '' ? {} : JSON.parse(text);
}
