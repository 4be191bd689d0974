import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { liveServers, noQuota, setQuota } from '../support/cloud.ts';
import { ownKey } from '../support/ssh.ts';
import { addNotebook, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
setQuota(bench, noQuota);
addNotebook(bench, 'on');
addNotebook(bench, 'second');
addNotebook(bench, 'off', { status: 'SHUTOFF' });
addNotebook(bench, 'large', { status: 'SHELVED_OFFLOADED', flavor: 'l3.huge' });

function giveRoles(...roles: readonly string[]): void {
  const { users } = bench.sandbox.cloud;
  const at = users.findIndex(({ name }) => name === 'alice');
  const [alice] = users.slice(at);
  if (alice === undefined) throw new Error('There is no alice.');
  users[at] = { ...alice, projects: [{ name: 'jupyter-notebooks', roles }] };
}

/** Changes alice's roles in the project, and logs in again: an application credential gets no new roles. */
async function withRoles(...roles: readonly string[]): Promise<void> {
  giveRoles(...roles);
  expect((await bench.login()).code).toBe(0);
}

const changes = () =>
  bench.sandbox.cloud.requests.filter(
    ({ service, method, status }) => service !== 'Keystone' && method !== 'GET' && status < 400,
  );

describe('the role reader', () => {
  test.each([
    ['stop on', 'stop a VM', ''],
    ['start off', 'start a VM', ''],
    ['restart on --hard', 'restart a VM', ''],
    ['delete on --yes', 'delete a VM', ''],
    [
      'logs on',
      'read the console of a VM',
      'nubes-nb logs on --source cloud-init, which is read over ssh; or ',
    ],
    ['create new --no-wait', 'create a VM', ''],
  ])('is not enough for %s, which exits 5 and changes nothing', async (words, doing, first) => {
    await withRoles('reader');
    const before = changes().length;
    const { code, stderr } = await bench.nb(words);
    const other = words.startsWith('create')
      ? '; or use another project: nubes-nb login --project NAME'
      : '';
    expect(stderr).toContain(
      `error: Nova does not let you ${doing}: your role in project jupyter-notebooks is reader, and by default policy this needs member.\nhint: ${first}ask the project's administrator for the role member, then nubes-nb login${other}\nrequest id: req-`,
    );
    expect(code).toBe(5);
    expect(changes()).toHaveLength(before);
  });

  test.each(['ls', 'show on', 'create new --dry-run'])('is enough for %s', async (words) => {
    await withRoles('reader');
    expect((await bench.nb(words)).code).toBe(0);
  });
});

test('a role that was lost after the login is named as missing', async () => {
  giveRoles('reader');
  const { code, stderr } = await bench.nb('stop on');
  expect(stderr).toContain(
    'your role in project jupyter-notebooks is reader, and by default policy this needs member.',
  );
  expect(code).toBe(5);
});

test('a refusal names the roles of the login if Keystone does not say which there are', async () => {
  await withRoles('reader');
  const { cloud } = bench.sandbox;
  cloud.faults.next({ service: 'Keystone', method: 'GET' }, 'internal-error', { times: 9 });
  expect((await bench.nb('stop on')).stderr).toContain('is reader, and by default');
});

test('a role of the site that implies no other is not enough for ls', async () => {
  await withRoles('user');
  const { code, stderr } = await bench.nb('ls');
  expect(stderr).toContain(
    'Nova does not let you list VMs: your role in project jupyter-notebooks is user, and by default policy this needs reader.',
  );
  expect(code).toBe(5);
});

test('a batch that the role forbids exits 5 and names the role', async () => {
  await withRoles('reader');
  const { code, stderr } = await bench.nb('stop on second --json');
  expect(stderr).toContain(
    'error: 0 of 2 done: Nova does not let you stop a VM: your role in project jupyter-notebooks is reader',
  );
  expect(code).toBe(5);
});

/** A row of the table of refused calls in docs/compatibility.md. */
interface Row {
  readonly rule: string;
  readonly words: string;
  readonly exit: number;
  readonly says: string;
}

const rows: readonly Row[] = readFileSync('docs/compatibility.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, rule, words, exit, says] =
      /^\| .* \| `([a-z:_-]+)` \| `([^`]+)` \| (\d+) \| .*"(.+)".* \|$/.exec(line) ?? [];
    if (rule === undefined || words === undefined || says === undefined) return [];
    return [{ rule, words, exit: Number(exit), says }];
  });

test('the table of refused calls has its rows', () => {
  expect(rows.length).toBeGreaterThan(15);
});

test.each(rows)(
  'a policy that denies $rule: $words exits $exit',
  async ({ rule, words, exit, says }) => {
    bench.configure((toml) =>
      toml.replace('[notebook]', '[notebook]\nallowed_cidr = ["10.0.0.0/8"]'),
    );
    const count = liveServers(bench).length;
    bench.sandbox.cloud.forbidden.add(rule);
    const environment = { ...ownKey(bench), NUBES_NB_NOTEBOOK_SSH_PORT: '1' };
    const stdin = `${bench.sandbox.people.find(({ name }) => name === 'alice')?.password}\n`;
    const { code, stderr } = await bench.nb(words, { environment, stdin });
    expect(stderr).toContain(says);
    expect(code).toBe(exit);
    const isRefusedBefore =
      exit !== 0 && words.startsWith('create') && !says.includes('is running');
    if (isRefusedBefore) expect(liveServers(bench)).toHaveLength(count);
  },
);

test('create with the account of the image needs a key pair, and is refused without one', async () => {
  bench.configure((toml) => toml.replace('[notebook]', '[notebook]\naccount = "image"'));
  const count = liveServers(bench).length;
  bench.sandbox.cloud.forbidden.add('os_compute_api:os-keypairs:create');
  const { code, stderr } = await bench.nb('create new', { environment: ownKey(bench) });
  expect(stderr).toContain('error: Nova does not let you import a key pair: any role is enough');
  expect(code).toBe(5);
  expect(liveServers(bench)).toHaveLength(count);
});
