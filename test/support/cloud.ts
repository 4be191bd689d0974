import type { CloudServer } from '../../src/sandbox/cloud/cloud.ts';
import type { Timings } from '../../src/sandbox/cloud/state.ts';
import { type Workbench, workbench } from './workbench.ts';

/** Somebody who is logged in, with forty notebooks allowed and no quota. */
export async function roomyBench(pace: Partial<Timings> = {}): Promise<Workbench> {
  const bench = await workbench({ ldap: false, pace });
  await bench.login();
  bench.configure((toml) => `${toml}\n[limits]\nper_user = 40\n`);
  setQuota(bench, { instances: -1, cores: -1, ram: -1 });
  return bench;
}

/** What Nova grants the project; -1 is no limit. */
export function setQuota({ sandbox }: Workbench, quota: Readonly<Record<string, number>>): void {
  const project = sandbox.cloud.projects.find(({ name }) => name === 'jupyter-notebooks');
  Object.assign(project?.quota ?? {}, quota);
}

/** What faults match for creations. */
export const post = { service: 'Nova', method: 'POST', path: /\/servers$/ } as const;

/** All servers that were not deleted. */
export function live({ sandbox }: Workbench): CloudServer[] {
  return [...sandbox.cloud.servers.values()].filter(({ status }) => status !== 'DELETED');
}

/** The requests for new servers so far. */
export function posts({ sandbox }: Workbench) {
  return sandbox.cloud.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/servers'),
  );
}

/** Lets Nova have the key, so that the next creation is its first request. */
export async function importKey({ nb }: Workbench): Promise<void> {
  await nb('create warm-up --no-wait');
  await nb('delete warm-up --yes');
}
