import { describe, expect, test } from 'vitest';
import type { ActionRequest } from '../../../src/notebooks/actions.ts';
import { fixedDrift } from '../../../src/notebooks/batch/drift.ts';
import { planAction } from '../../../src/notebooks/batch/plan-action.ts';
import { planApply } from '../../../src/notebooks/batch/plan-apply.ts';
import { planCreate } from '../../../src/notebooks/batch/plan-create.ts';
import type { Targets } from '../../../src/notebooks/batch/request.ts';
import { takeSnapshot } from '../../../src/notebooks/batch/snapshot.ts';
import type { BatchDeps, Plan } from '../../../src/notebooks/batch/step.ts';
import {
  type CreateFields,
  type CreateOptions,
  resolveCreateOptions,
} from '../../../src/notebooks/create/options.ts';
import { packagesMark } from '../../../src/notebooks/identity.ts';
import type { Server } from '../../../src/openstack/compute/servers.ts';
import type { Settings } from '../../../src/settings/settings.ts';
import { serverWith } from '../../support/server.ts';

const day = 86_400_000;
const now = new Date('2026-11-28T12:00:00Z');
const flavors: Readonly<Record<string, number>> = { 'l3.nano': 2, 'l3.small': 16 };

const states: Readonly<Record<string, Partial<Server>>> = {
  creating: { status: 'BUILD', taskState: 'spawning' },
  stopped: { status: 'SHUTOFF' },
  error: { status: 'ERROR', fault: { code: 500, message: 'Disk full', created: null } },
  deleting: { taskState: 'deleting' },
  locked: { locked: true },
};

/** `a stopped locked set=x 40d, b`: names with states, labels and age; running and a day old by default. */
function serversOf(text: string): Server[] {
  const parts = text.split(', ').filter((part) => part !== '');
  return parts.map((part, index): Server => {
    const [name = '', ...words] = part.split(' ');
    const metadata: Record<string, string> = {
      'nubes-nb:notebook': name,
      'nubes-nb:ref': `alice/${name}`,
      'nubes-nb:request': `request-${name}`,
    };
    let facts: Partial<Server> = {};
    let ageDays = 1;
    for (const word of words) {
      const [key, value] = word.split('=');
      if (value !== undefined) metadata[`nubes-nb:label:${key}`] = value;
      else if (/^\d+d$/.test(word)) ageDays = Number.parseInt(word, 10);
      else if (word === 'direct') metadata['nubes-nb:access'] = 'direct';
      else facts = { ...facts, ...states[word] };
    }
    const id = `00000000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`;
    const created = new Date(now.getTime() - ageDays * day);
    return serverWith({ id, name: `nb-alice-${name}`, created, ...facts, metadata });
  });
}

/** `a b@l3.small`: names, with a size if it is not l3.nano. */
function notebooksOf(text: string, labels: Readonly<Record<string, string>> = {}): CreateOptions[] {
  const names = text.split(' ').filter((name) => name !== '');
  return names.map((word) => {
    const [name = '', size] = word.split('@');
    const environment = { asks: false, mayMakeKey: async () => false };
    return resolveCreateOptions({ name, size, labels }, environment, {
      notebook: { ...notebook, alsoKeys: [] },
      cwd: '/',
    });
  });
}

/** The settings that plans read. */
const notebook = {
  ...{ access: 'tunnel', port: 8888, sshPort: 22, command: 'jupyter-lab' },
} as Settings['notebook'];

interface Room {
  readonly perUser?: number;
  readonly freeCores?: number;
}

/** What plans read, without a cloud, a session or a state folder. */
function depsFor(servers: readonly Server[], { perUser = 40, freeCores = 1_000 }: Room): BatchDeps {
  const unlimited = { max: Number.POSITIVE_INFINITY, used: 0 };
  const lookups = {
    own: async () => [...servers],
    image: async () => ({ name: 'ubuntu', minDiskGiB: 0, minRamMiB: 0 }),
    size: async ({ size = 'l3.nano' }: Pick<CreateOptions, 'size'>) => ({
      ...{ name: size, vcpus: flavors[size] ?? 0, ramMiB: 4096, diskGiB: 20 },
    }),
    network: async () => ({}),
    key: async () => ({}),
    knownKey: async () => ({}),
    limits: async () => ({
      instances: unlimited,
      cores: { max: 100_000, used: 100_000 - freeCores },
      ramMiB: unlimited,
    }),
  };
  const base = {
    lookups,
    world: { now: () => now, platform: 'linux' },
    settings: {
      notebook,
      limits: { byGroup: {}, perUser },
    },
    stateFolder: '/nonexistent/nubes-nb',
    groups: [],
    owner: { id: 'alice-id', name: 'alice' },
    project: { id: 'project-id', name: 'jupyter-notebooks' },
    account: 'alice',
  };
  const deps = { ...base, own: () => takeSnapshot(deps, deps.lookups) } as unknown as BatchDeps;
  return deps;
}

/** `create a, same b | delete c`: the steps, then the deletions that follow. */
function brief({ steps, thenDelete }: Plan): string {
  const [first, last] = [steps, thenDelete].map((each) =>
    each.map(({ change, name }) => `${change} ${name}`).join(', '),
  );
  return last === '' ? `${first}` : `${first} | ${last}`;
}

const wait = { until: 'ready', timeoutMs: 60_000 } as const;
const urlOf = async () => undefined;

async function applied(
  servers: string,
  manifest: string,
  { prune = false, fit = false, ...room }: Room & { prune?: boolean; fit?: boolean } = {},
): Promise<string> {
  const request = {
    verb: 'apply',
    ...{ wait, fit, showToken: false, set: 'x' },
    notebooks: notebooksOf(manifest, { set: 'x' }),
    prune: prune ? wait : undefined,
  } as const;
  return brief(await planApply(depsFor(serversOf(servers), room), request));
}

describe('the plan of apply', () => {
  test.each`
    servers                          | manifest | expected
    ${''}                            | ${'a b'} | ${'create a, create b'}
    ${'a set=x'}                     | ${'a'}   | ${'same a'}
    ${'a set=x course=lpd'}          | ${'a'}   | ${'same a'}
    ${'a'}                           | ${'a'}   | ${'update a'}
    ${'a set=y'}                     | ${'a'}   | ${'update a'}
    ${'a stopped set=x'}             | ${'a'}   | ${'start a'}
    ${'a stopped'}                   | ${'a'}   | ${'start a'}
    ${'a creating set=x'}            | ${'a'}   | ${'wait a'}
    ${'a creating'}                  | ${'a'}   | ${'wait a'}
    ${'a error set=x'}               | ${'a'}   | ${'refused a'}
    ${'a deleting set=x'}            | ${'a'}   | ${'refused a'}
    ${'a locked set=x'}              | ${'a'}   | ${'same a'}
    ${'a locked'}                    | ${'a'}   | ${'refused a'}
    ${'a stopped locked set=x'}      | ${'a'}   | ${'refused a'}
    ${'a set=x, b set=x'}            | ${'b c'} | ${'same b, create c, extra a'}
    ${'a, b set=y'}                  | ${'c'}   | ${'create c'}
    ${'b set=x, c, a stopped set=x'} | ${'a b'} | ${'start a, same b'}
  `('is "$expected" for $manifest if the user has "$servers"', async (row) => {
    expect(await applied(row.servers, row.manifest)).toBe(row.expected);
  });

  test.each`
    servers                             | manifest | expected
    ${'a set=x, b set=x'}               | ${'a'}   | ${'same a | delete b'}
    ${'a set=x, b set=x'}               | ${'c'}   | ${'create c | delete a, delete b'}
    ${'a set=y, b'}                     | ${'c'}   | ${'create c'}
    ${'a locked set=x, b set=x'}        | ${'c'}   | ${'create c | refused a, delete b'}
    ${'a stopped set=x, b error set=x'} | ${'c'}   | ${'create c | delete a, delete b'}
    ${'a error set=x, b set=x'}         | ${'a'}   | ${'refused a | skip b'}
    ${'a error set=x, b locked set=x'}  | ${'a'}   | ${'refused a | refused b'}
  `('with --prune is "$expected" for $manifest if the user has "$servers"', async (row) => {
    expect(await applied(row.servers, row.manifest, { prune: true })).toBe(row.expected);
  });

  test.each`
    servers               | manifest          | perUser | freeCores | expected
    ${'a set=x'}          | ${'a b'}          | ${2}    | ${2}      | ${'same a, create b'}
    ${'a set=x, b set=x'} | ${'c'}            | ${3}    | ${2}      | ${'create c | delete a, delete b'}
    ${'a set=x'}          | ${'a b c'}        | ${2}    | ${99}     | ${'same a, create b, skip c'}
    ${'a set=x'}          | ${'b c'}          | ${2}    | ${99}     | ${'create b, skip c | skip a'}
    ${'a set=x'}          | ${'b c'}          | ${9}    | ${2}      | ${'create b, skip c | skip a'}
    ${''}                 | ${'b@l3.small c'} | ${9}    | ${2}      | ${'skip b, create c'}
  `(
    'with --prune --fit is "$expected" for $manifest with room for $perUser notebooks and $freeCores cores',
    async ({ servers, manifest, perUser, freeCores, expected }) => {
      const options = { prune: true, fit: true, perUser, freeCores };
      expect(await applied(servers, manifest, options)).toBe(expected);
    },
  );

  test.each`
    servers                      | manifest | perUser | freeCores | prune    | code                | hint
    ${'a set=x, b set=x'}        | ${'c'}   | ${2}    | ${99}     | ${true}  | ${'LIMIT_REACHED'}  | ${'nubes-nb delete a makes room, then'}
    ${'a set=x, b set=x'}        | ${'c d'} | ${2}    | ${99}     | ${true}  | ${'LIMIT_REACHED'}  | ${'nubes-nb delete a b makes room, then'}
    ${'a set=x, b set=x'}        | ${'c d'} | ${9}    | ${2}      | ${true}  | ${'QUOTA_EXCEEDED'} | ${'nubes-nb delete a makes room, then'}
    ${'a locked set=x, b set=x'} | ${'c'}   | ${2}    | ${99}     | ${true}  | ${'LIMIT_REACHED'}  | ${'nubes-nb delete b makes room, then'}
    ${'a, b set=x'}              | ${'c d'} | ${2}    | ${99}     | ${true}  | ${'LIMIT_REACHED'}  | ${'nubes-nb delete NAME'}
    ${'a set=x, b set=x'}        | ${'c'}   | ${2}    | ${99}     | ${false} | ${'LIMIT_REACHED'}  | ${'nubes-nb delete NAME'}
  `(
    'is refused with $code for $manifest if the user has "$servers" and room for $perUser notebooks and $freeCores cores; hint: $hint',
    async ({ servers, manifest, perUser, freeCores, prune, code, hint }) => {
      const planned = applied(servers, manifest, { prune, perUser, freeCores });
      await expect(planned).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
    },
  );

  test('shows the metadata to write in the detail of an update', async () => {
    const deps = depsFor(serversOf('a'), {});
    const notebooks = notebooksOf('a', { set: 'x', course: 'lpd' });
    const request = { verb: 'apply', notebooks, wait, fit: false, showToken: false } as const;
    const { steps } = await planApply(deps, { ...request, set: 'x', prune: undefined });
    expect(steps[0]?.detail).toBe('running, set=x, course=lpd');
  });
});

describe('the plan of create', () => {
  test.each`
    servers         | names    | ifExists   | expected
    ${''}           | ${'a b'} | ${'fail'}  | ${'create a, create b'}
    ${'b'}          | ${'a b'} | ${'fail'}  | ${'create a, refused b'}
    ${'b'}          | ${'a b'} | ${'skip'}  | ${'create a, same b'}
    ${'b stopped'}  | ${'a b'} | ${'skip'}  | ${'create a, same b'}
    ${'b stopped'}  | ${'a b'} | ${'start'} | ${'create a, start b'}
    ${'b creating'} | ${'a b'} | ${'skip'}  | ${'create a, wait b'}
    ${'b, b'}       | ${'a b'} | ${'skip'}  | ${'create a, refused b'}
  `(
    'is "$expected" for $names with --if-exists $ifExists if the user has "$servers"',
    async ({ servers, names, ifExists, expected }) => {
      const request = { verb: 'create', wait, fit: false, showToken: false, ifExists } as const;
      const notebooks = notebooksOf(names);
      const plan = await planCreate(depsFor(serversOf(servers), {}), { ...request, notebooks });
      expect(brief(plan)).toBe(expected);
    },
  );
});

const requests: Readonly<Record<string, ActionRequest>> = {
  start: { verb: 'start', wait, urlOf },
  stop: { verb: 'stop', wait },
  restart: { verb: 'restart', wait, hard: false, jupyter: undefined, urlOf },
  delete: { verb: 'delete', wait, ifMissing: 'fail' },
  'delete if-missing ok': { verb: 'delete', wait, ifMissing: 'ok' },
  wait: { verb: 'wait', state: 'ready', timeoutMs: 1 },
  show: { verb: 'show', showToken: false, probe: false },
};

async function acted(servers: string, name: string, targets: Targets): Promise<string> {
  const request = requests[name];
  if (request === undefined) throw new Error(`no action ${name}`);
  return brief(await planAction(depsFor(serversOf(servers), {}), { request, targets }));
}

const three = 'old 40d course=lpd, older stopped 90d, new course=lpd';

describe('a selection', () => {
  test.each`
    action       | labels               | olderThanDays | expected
    ${'stop'}    | ${{}}                | ${undefined}  | ${'stop old, stop new'}
    ${'stop'}    | ${{ course: 'lpd' }} | ${undefined}  | ${'stop old, stop new'}
    ${'stop'}    | ${{}}                | ${30}         | ${'stop old'}
    ${'stop'}    | ${{ course: 'x' }}   | ${undefined}  | ${''}
    ${'start'}   | ${{}}                | ${undefined}  | ${'start older'}
    ${'restart'} | ${{}}                | ${undefined}  | ${'restart old, restart new'}
    ${'delete'}  | ${{}}                | ${undefined}  | ${'delete old, delete older, delete new'}
    ${'delete'}  | ${{}}                | ${30}         | ${'delete old, delete older'}
    ${'delete'}  | ${{ course: 'lpd' }} | ${30}         | ${'delete old'}
    ${'wait'}    | ${{}}                | ${undefined}  | ${'wait old, wait older, wait new'}
    ${'show'}    | ${{}}                | ${30}         | ${'same old, same older'}
  `(
    'of $action with labels $labels and a minimum age of $olderThanDays days picks "$expected"',
    async ({ action, labels, olderThanDays, expected }) => {
      const olderThanMs = olderThanDays === undefined ? undefined : olderThanDays * day;
      expect(await acted(three, action, { labels, olderThanMs })).toBe(expected);
    },
  );

  test('of certify picks running notebooks with direct access', async () => {
    const certify = { verb: 'certify', wait, certificate: { names: 'x' } };
    const deps = depsFor(serversOf('a direct, b, c stopped direct'), {});
    const plan = await planAction(deps, {
      request: certify as unknown as ActionRequest,
      targets: { labels: {} },
    });
    expect(brief(plan)).toBe('certify a');
  });
});

describe('named notebooks', () => {
  const targets = (text: string) =>
    text
      .split(' ')
      .map((reference) => ({ reference, name: reference, position: 'the command line' }));

  test.each`
    action                    | names          | expected
    ${'stop'}                 | ${'old older'} | ${'stop old, same older'}
    ${'start'}                | ${'older old'} | ${'start older, same old'}
    ${'restart'}              | ${'older'}     | ${'refused older'}
    ${'delete'}               | ${'old gone'}  | ${'delete old, refused gone'}
    ${'delete if-missing ok'} | ${'old gone'}  | ${'delete old, same gone'}
    ${'show'}                 | ${'gone new'}  | ${'refused gone, same new'}
  `('$action $names plans "$expected"', async ({ action, names, expected }) => {
    expect(await acted(three, action, targets(names))).toBe(expected);
  });

  test('are refused if a name and a UUID mean the same one', async () => {
    const both = targets('old 00000000-0000-4000-8000-000000000001');
    await expect(acted(three, 'stop', both)).rejects.toMatchObject({
      code: 'USAGE',
      message: `the command line: old and ${both[1]?.reference} are the same notebook.`,
    });
  });
});

describe('fixedDrift', () => {
  const idle = { 'nubes-nb:idle': 'PT3600S' };
  const installed = { 'nubes-nb:packages': packagesMark(['numpy', 'scipy']) };

  test.each<[string, Partial<CreateFields>, Record<string, string>, string | undefined]>([
    ['nothing is wanted', {}, {}, undefined],
    ['the size is the same', { size: 'l3.nano' }, {}, undefined],
    ['the size differs', { size: 'l3.small' }, {}, 'size l3.nano, not l3.small'],
    ['the image is the same', { image: 'u' }, { 'nubes-nb:image': 'u' }, undefined],
    ['the image differs', { image: 'v' }, { 'nubes-nb:image': 'u' }, 'image u, not v'],
    ['the image has no name', { image: 'v' }, {}, 'image image-id, not v'],
    ['idle_timeout is the same', { idleTimeoutMs: 3_600_000 }, idle, undefined],
    [
      'idle_timeout differs',
      { idleTimeoutMs: 7_200_000 },
      idle,
      'idle_timeout PT3600S, not PT7200S',
    ],
    ['there is no idle_timeout', { idleTimeoutMs: 3_600_000 }, {}, 'no idle_timeout of PT3600S'],
    ['the packages are the same', { requirements: ['scipy', 'numpy'] }, installed, undefined],
    [
      'a package is missing',
      { requirements: ['numpy'] },
      installed,
      'other packages than those of requirements',
    ],
    [
      'there are no packages',
      { requirements: ['numpy'] },
      {},
      'none of the packages of requirements',
    ],
    [
      'two things differ',
      { size: 'l3.small', idleTimeoutMs: 7_200_000 },
      idle,
      'size l3.nano, not l3.small and idle_timeout PT3600S, not PT7200S',
    ],
  ])('if %s', (_what, wanted, metadata, difference) => {
    const warning =
      difference === undefined
        ? undefined
        : `a has ${difference}; to change that, delete and create it.`;
    expect(fixedDrift({ name: 'a', ...wanted }, serverWith({ metadata }))).toBe(warning);
  });
});
