import { expect, test } from 'vitest';
import type { AnyNotebook } from '../../../src/notebooks/admin/list.ts';
import { hiddenProjects } from '../../../src/notebooks/admin/orphans/network.ts';
import type { Orphan } from '../../../src/notebooks/admin/orphans/orphan.ts';
import { describe } from '../../../src/notebooks/notebook.ts';
import { liveServers, requestAsAlice } from '../../support/cloud.ts';
import { serverWith } from '../../support/server.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const cloud = bench.sandbox.cloud;
const operator = bench.secondComputer();
const password = cloud.users.find(({ name }) => name === 'admin')?.password;
await operator.nb('login --username admin --project admin --password-stdin', {
  environment: { NUBES_NB_OPENSTACK_USER_DOMAIN: 'Default' },
  stdin: `${password}\n`,
});
const admin = (words: string) => operator.nb(`admin orphans ${words}`);
const project = 'jupyter-notebooks';
const alice = cloud.users.find(({ name }) => name === 'alice')?.id ?? '';

async function found(words = ''): Promise<readonly Orphan[]> {
  const { code, stdout, stderr } = await admin(`${words} --json`);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

/** A VM that Nova has deleted and whose port is left in Neutron. */
function leftPort(description = 'Jupyter notebook alice/gone (nubes-nb)') {
  return addNotebook(bench, 'gone', { status: 'DELETED', description });
}

async function neutron(path: string, body: unknown): Promise<void> {
  const reply = await fetch(`${cloud.endpoints.network}/v2.0/${path}`, {
    method: 'POST',
    headers: { 'X-Auth-Token': await aliceToken(), 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(reply.status).toBe(201);
}

async function aliceToken(): Promise<string> {
  const identity = {
    methods: ['password'],
    password: {
      user: {
        ...{ name: 'alice', domain: { name: 'stfc' } },
        password: bench.sandbox.people.find(({ name }) => name === 'alice')?.password,
      },
    },
  };
  const projectId = cloud.projects.find(({ name }) => name === project)?.id;
  const reply = await fetch(`${cloud.authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: { project: { id: projectId } } } }),
  });
  return reply.headers.get('x-subject-token') ?? '';
}

test('a cloud whose notebooks all have what they need has no orphans', async () => {
  await bench.nb('create work --no-wait');
  const { code, stdout, stderr } = await admin('');
  expect(stdout).toBe('');
  expect(stderr).toContain('There is nothing left over.');
  expect(stderr).not.toContain('not looked at');
  expect(code).toBe(0);
});

test('a VM whose user Keystone does not know any more is an orphan', async () => {
  const { id, userId } = addNotebook(bench, 'thesis');
  cloud.users.splice(
    cloud.users.findIndex(({ name }) => name === 'alice'),
    1,
  );
  expect(await found()).toEqual([
    {
      ...{ kind: 'vm', id, name: 'nb-alice-thesis', project, user: userId },
      why: 'its user does not exist in Keystone any more',
      remove: `openstack server delete ${id}`,
    },
  ]);
});

test('a port of a deleted notebook is an orphan, that of another deleted VM is not', async () => {
  const { id } = leftPort();
  leftPort('web server');
  const rows = await found();
  expect(rows).toMatchObject([{ kind: 'port', name: null, project, why: `its VM ${id} is gone` }]);
  expect(rows[0]?.remove).toBe(`openstack port delete ${rows[0]?.id}`);
});

test('a floating IP of ours without a port is an orphan, and one that others made is not', async () => {
  const external = cloud.networks.find((each) => each.external)?.id;
  const create = async (description: string) =>
    neutron('floatingips', { floatingip: { floating_network_id: external, description } });
  await create('nubes-nb 11111111-2222-4333-8444-555555555555');
  await create('of the web server');
  await create('nubes-nb demo, do not delete');
  const rows = await found();
  expect(rows).toMatchObject([{ kind: 'floating ip', project, why: 'it has no port' }]);
  expect(rows[0]?.remove).toBe(`openstack floating ip delete ${rows[0]?.id}`);
});

test('a security group of ours is an orphan only while no port has it', async () => {
  const description = 'Jupyter reached directly by https (nubes-nb)';
  await neutron('security-groups', {
    security_group: { name: 'nubes-nb-jupyter-8888', description },
  });
  await neutron('security-groups', {
    security_group: { name: 'nubes-nb-jupyter-9', description: '' },
  });
  const rows = await found();
  expect(rows).toMatchObject([
    { kind: 'security group', name: 'nubes-nb-jupyter-8888', project, why: 'no port has it' },
  ]);
  expect(rows[0]?.remove).toBe(`openstack security group delete ${rows[0]?.id}`);
  addNotebook(bench, 'direct', { securityGroups: ['nubes-nb-jupyter-8888'] });
  expect(await found()).toEqual([]);
});

test('a key pair of ours is an orphan once its last notebook is deleted by another program', async () => {
  await bench.nb('create work --no-wait');
  expect(await found()).toEqual([]);
  const [{ id = '' } = {}] = liveServers(bench);
  await requestAsAlice(bench, 'DELETE', ['compute', `/servers/${id}`]);
  bench.pass(60_000);
  addNotebook(bench, 'with-another-key');
  const rows = await found();
  expect(rows).toMatchObject([
    {
      kind: 'key pair',
      project: null,
      user: 'alice',
      why: 'no VM of alice has it; the client ignores --user with openstacksdk before 4.4',
    },
  ]);
  expect(rows[0]?.remove).toBe(`openstack keypair delete --user ${alice} ${rows[0]?.name}`);
});

test('a key pair that a VM which is no notebook has is no orphan, in any project', async () => {
  await bench.nb('create work --no-wait');
  const [{ id = '', keyName } = {}] = liveServers(bench);
  expect(keyName).toMatch(/^nubes-nb-/);
  const web = { name: 'web', project: 'admin', tags: [] } as const;
  cloud.addServer({ user: 'alice', ...web, keyName: keyName ?? '' });
  await requestAsAlice(bench, 'DELETE', ['compute', `/servers/${id}`]);
  bench.pass(60_000);
  addNotebook(bench, 'with-another-key');
  expect(await found()).toEqual([]);
});

test('within one project no key pair is an orphan, and that is said', async () => {
  await bench.nb('create work --no-wait');
  const [{ id = '' } = {}] = liveServers(bench);
  await requestAsAlice(bench, 'DELETE', ['compute', `/servers/${id}`]);
  bench.pass(60_000);
  const { stdout, stderr } = await admin(`--project ${project} --json`);
  expect(JSON.parse(stdout)).toEqual([]);
  expect(stderr).toContain(
    'warning: not looked at: key pairs: their users may need them in other projects.',
  );
});

test('an application credential of a login is an orphan after its expiry', async () => {
  addNotebook(bench, 'thesis');
  expect(await found()).toEqual([]);
  await passEightDays();
  const rows = (await found()).filter(({ user }) => user === 'alice');
  expect(rows).toMatchObject([
    {
      ...{
        kind: 'application credential',
        project,
        name: expect.stringMatching(/^nubes-nb\/laptop\//),
      },
      why: expect.stringMatching(/^it expired at 20\S+Z; the client removes only the own ones/),
    },
  ]);
  expect(rows[0]?.remove).toBe(`openstack application credential delete ${rows[0]?.id}`);
});

async function passEightDays(): Promise<void> {
  bench.pass(8 * 86_400_000);
  await operator.nb('login --username admin --project admin --password-stdin', {
    environment: { NUBES_NB_OPENSTACK_USER_DOMAIN: 'Default' },
    stdin: `${password}\n`,
  });
}

test('a Keystone that sends no time is judged by the computer', async () => {
  addNotebook(bench, 'thesis');
  cloud.omitDates();
  expect(await found()).toEqual([]);
  await passEightDays();
  const rows = (await found()).filter(({ user }) => user === 'alice');
  expect(rows).toMatchObject([{ kind: 'application credential' }]);
});

test('-o csv has all columns', async () => {
  leftPort();
  const { stdout } = await admin('-o csv');
  expect(stdout.split('\n')[0]).toBe('kind,id,name,project,user,why,remove');
});

test('nothing is changed', async () => {
  leftPort();
  const before = cloud.requests.length;
  await found();
  const methods = cloud.requests.slice(before).filter(({ path }) => !path.endsWith('/auth/tokens'));
  expect(new Set(methods.map(({ method }) => method))).toEqual(new Set(['GET']));
});

test('requests do not grow with the number of notebooks of a user', async () => {
  addNotebook(bench, 'first');
  const count = async () => {
    const before = cloud.requests.length;
    await found();
    return cloud.requests.length - before;
  };
  const few = await count();
  for (let at = 0; at < 30; at += 1) addNotebook(bench, `more-${at}`);
  expect(await count()).toBe(few);
});

test('Nova is asked about at most 50 deleted VMs, and the rest is said', async () => {
  for (let at = 0; at < 60; at += 1) leftPort('web server');
  const before = cloud.requests.length;
  const warnings: Error[] = [];
  process.on('warning', (warning) => warnings.push(warning));
  const { stderr } = await admin('');
  process.removeAllListeners('warning');
  expect(warnings).toEqual([]);
  expect(stderr).toContain(
    'warning: not looked at: whose 10 more ports of VMs that are gone were.',
  );
  const asked = cloud.requests.slice(before).filter(({ query }) => query.includes('uuid='));
  expect(asked).toHaveLength(50);
});

test('a member exits 5 without --project, and with it what was not looked at is said', async () => {
  const refused = await bench.nb('admin orphans');
  expect(refused.stderr).toContain('by default policy this needs admin');
  expect(refused.code).toBe(5);
  leftPort();
  const tags = ['nubes-nb', 'nubes-nb.u=bob', 'nubes-nb.n=x'];
  const metadata = { 'nubes-nb:user': 'bob', 'nubes-nb:notebook': 'x' };
  cloud.addServer({ user: 'bob', name: 'x', tags, metadata });
  const { code, stdout, stderr } = await bench.nb(`admin orphans --project ${project} --json`);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual([]);
  expect(stderr.split('\n').filter((line) => line.startsWith('warning'))).toEqual([
    'warning: not looked at: whether the users of 1 VMs exist: Keystone does not let this login look up users.',
    'warning: not looked at: whose 1 ports of VMs that are gone were: Nova shows deleted VMs to administrators only.',
    'warning: not looked at: key pairs: their users may need them in other projects.',
    'warning: not looked at: application credentials of other users: Keystone shows them to administrators only.',
    'warning: not looked at: users without a notebook: Keystone does not let this login list who has a role.',
  ]);
});

test('a project whose running notebook has no port that Neutron shows is said', async () => {
  const server = serverWith();
  const notebook: AnyNotebook = {
    ...describe(server),
    ...{ userId: server.userId, identity: 'ok', claims: null },
    project: { id: server.projectId, name: 'lpd' },
  };
  const nothing = { ports: [], floatingIps: [], securityGroups: [] };
  expect(hiddenProjects(nothing, { notebooks: [notebook] })).toEqual(['lpd']);
});
