import { afterAll, expect, test } from 'vitest';
import { liveServers } from '../../support/cloud.ts';
import { itemsIn } from '../../support/items.ts';
import { addNotebook, type Workbench, workbench } from '../../support/workbench.ts';

const bench: Workbench = await workbench();
afterAll(bench.close);
const users = 'cn=nubes-users,ou=groups,dc=nubes,dc=test';

async function logInWith(limits: string): Promise<string> {
  bench.configure((toml) => `${toml.replace(/\n\[limits[\s\S]*$/, '')}\n${limits}\n`);
  const { code, stderr } = await bench.login();
  expect(code, stderr).toBe(0);
  return stderr;
}

async function limit(): Promise<unknown> {
  return JSON.parse((await bench.nb('quota --json')).stdout).notebooks;
}

test.each([
  ['a table with a name', '[limits.by_group]\nnubes-users = 2', { max: 2, group: 'nubes-users' }],
  ['a table with a DN', `[limits.by_group]\n"${users}" = 9`, { max: 9, group: users }],
  ['a list', '[limits]\nby_group = ["nubes-users=3"]', { max: 3, group: 'nubes-users' }],
  ['another group', '[limits.by_group]\nsuspended = 2', { max: 5, group: null }],
  [
    'several groups, of which the highest counts',
    `[limits.by_group]\nnubes-users = 2\n"${users}" = 3`,
    { max: 3, group: users },
  ],
])('limits.by_group: %s', async (_, limits, expected) => {
  await logInWith(limits);
  expect(await limit()).toMatchObject(expected);
});

test('a group that LDAP does not have costs a warning, not the login', async () => {
  expect(await logInWith('[limits.by_group]\nnobody-here = 2')).toContain(
    'warning: limits.by_group is not applied for the group nobody-here: ',
  );
  expect(await limit()).toMatchObject({ max: 5, group: null });
});

test('a create above the limit of the group names the group, and quota too', async () => {
  await logInWith('[limits.by_group]\nnubes-users = 1');
  addNotebook(bench, 'first');
  const { code, stderr } = await bench.nb('create second');
  expect(stderr).toContain(
    'error: You have 1 of 1 notebooks for members of nubes-users (stopped ones count): first.\nhint: nubes-nb delete NAME makes room; limits.by_group is the limit for nubes-users\n',
  );
  expect(code).toBe(7);
  expect((await bench.nb('quota')).stdout).toContain(
    'Notebooks  1 of your 1 (limits.by_group for nubes-users; stopped ones count)',
  );
});

test('a batch above the limit of the group names --fit once, and not again once it is given', async () => {
  await logInWith(`[limits.by_group]\nnubes-users = ${liveServers(bench).length + 2}`);
  const { code, stderr } = await bench.nb('create a b c');
  expect(stderr).toContain(
    'there is room for 2 of 3 more.\nhint: --fit makes what fits; limits.by_group is the limit for nubes-users\n',
  );
  expect(code).toBe(7);
  const items = itemsIn(await bench.nb('create a b c --fit --no-wait --json'));
  expect(items.flatMap(({ error }) => error?.hint ?? [])).toEqual([
    'limits.by_group is the limit for nubes-users',
  ]);
});

test('the variable has groups with their numbers, separated by semicolons', async () => {
  const environment = { NUBES_NB_LIMITS_BY_GROUP: `${users} = 7; nubes-users=2` };
  const { stdout } = await bench.nb('config get limits.by_group --json', { environment });
  expect(stdout).toContain(`${users}=7`);
  expect(stdout).toContain('nubes-users=2');
});

test.each(['{ a = 0 }', '{ a = "many" }', '{ a = 1001 }', '["a"]', '7', '{ a = 1.5 }'])(
  'limits.by_group = %s exits 11',
  async (value) => {
    bench.configure(
      (toml) => `${toml.replace(/\n\[limits[\s\S]*$/, '')}\n[limits]\nby_group = ${value}\n`,
    );
    const { code, stderr } = await bench.nb('config validate');
    expect(stderr).toContain('limits.by_group must be a table of groups');
    expect(code).toBe(11);
  },
);
