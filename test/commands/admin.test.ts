import { describe, expect, test } from 'vitest';
import { addNotebook, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const cloud = bench.sandbox.cloud;
const thesis = addNotebook(bench, 'thesis', { status: 'ERROR', fault: 'No valid host was found.' });
const fits = cloud.addServer({
  ...{ user: 'bob', project: 'lpd', name: 'nb-bob-fits', flavor: 'l3.nano' },
  created: new Date(bench.now().getTime() - 200 * 86_400_000),
  tags: ['nubes-nb', 'nubes-nb.u=bob', 'nubes-nb.n=fits'],
  metadata: { 'nubes-nb:user': 'bob', 'nubes-nb:notebook': 'fits', 'nubes-nb:image': 'old' },
});
const forged = cloud.addServer({
  ...{ user: 'bob', name: '=forged()' },
  tags: ['nubes-nb', 'nubes-nb.u=alice', 'nubes-nb.n=trap'],
  metadata: { 'nubes-nb:user': 'alice', 'nubes-nb:notebook': 'trap' },
});
cloud.addServer({ user: 'bob', project: 'lpd', name: 'web server' });

const operator = bench.secondComputer();
const asAdmin = { environment: { NUBES_NB_OPENSTACK_USER_DOMAIN: 'Default' } };
const login = 'login --username admin --project admin --password-stdin';
const password = cloud.users.find(({ name }) => name === 'admin')?.password;
await operator.nb(login, { ...asAdmin, stdin: `${password}\n` });
const admin = (words: string) => operator.nb(`admin ${words}`);
const json = async (words: string) => JSON.parse((await admin(`${words} --json`)).stdout);

const identity =
  'Acting as admin of Default in project admin; roles: admin, member, reader, manager.\n';

describe('admin ls', () => {
  test('lists the notebooks of all projects by owner, with their verdicts, and names the identity on stderr', async () => {
    const { code, stdout, stderr } = await admin(
      'ls -c owner,notebook,status,identity,project,claims',
    );
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['OWNER', 'NOTEBOOK', 'STATUS', 'IDENTITY', 'PROJECT', 'CLAIMS'],
      ['alice', 'thesis', 'error', 'ok', 'jupyter-notebooks', '-'],
      ['bob', 'fits', 'running', 'ok', 'lpd', '-'],
      ['bob', 'trap', 'running', 'tampered', 'jupyter-notebooks', 'alice/trap'],
      [''],
    ]);
    expect(stderr).toBe(identity);
    expect(code).toBe(0);
  });

  test('--json has the fields of a notebook, the user id, the project and the verdict', async () => {
    expect(await json('ls --user alice --project jupyter-notebooks')).toMatchObject([
      {
        ...{ owner: 'alice', name: 'thesis', key: 'alice/thesis', id: thesis.id },
        ...{ userId: thesis.userId, identity: 'ok', claims: null },
        project: { id: thesis.projectId, name: 'jupyter-notebooks' },
        fault: 'No valid host was found.',
      },
      { owner: 'bob', key: 'bob/trap', claims: 'alice/trap', identity: 'tampered' },
    ]);
  });

  test.each([
    ['--project lpd', ['bob/fits']],
    ['--user bob', ['bob/fits']],
    ['--status error', ['alice/thesis']],
    ['--older-than 180d', ['bob/fits']],
    ['--sort name', ['bob/fits', 'alice/thesis', 'bob/trap']],
  ])('%s selects %j', async (flags, keys) => {
    expect((await admin(`ls ${flags} -o name`)).stdout.trim().split('\n')).toEqual(keys);
  });

  test('-o csv has all columns, and a name that a spreadsheet would calculate begins with an apostrophe', async () => {
    const { stdout } = await admin('ls -o csv');
    const [head, ...rows] = stdout.trim().split('\n');
    expect(head).toBe(
      'owner,notebook,status,size,address,created,identity,project,image,expires,idle,claims,fault,vm,id',
    );
    expect(rows[0]).toContain(',,,,No valid host was found.,nb-alice-thesis,');
    expect(rows[2]).toContain(`,alice/trap,,'=forged(),${forged.id}`);
  });

  test('an owner whom Keystone does not know any more is marked', async () => {
    cloud.users.splice(
      cloud.users.findIndex(({ name }) => name === 'alice'),
      1,
    );
    expect((await admin('ls --status error -c owner,identity --no-header')).stdout).toBe(
      'alice  no owner\n',
    );
  });

  test('requests do not grow with the number of notebooks of a user', async () => {
    for (let at = 0; at < 30; at += 1) addNotebook(bench, `more-${at}`);
    const before = cloud.requests.length;
    await admin('ls');
    const paths = cloud.requests
      .slice(before)
      .map(({ path }) => path.replace(/[0-9a-f]{32,}/, 'ID'));
    expect(paths.sort()).toEqual([
      ...['/v2.1/servers/detail', '/v3/auth/tokens'],
      ...['/v3/projects/ID', '/v3/projects/ID', '/v3/users/ID', '/v3/users/ID'],
    ]);
  });

  test.each([
    ['ls --status ready', 'Jupyter on VMs of others is not probed.', 2],
    ['ls --older-than 90', "'90' is not an age.", 2],
    ['ls --project none', 'There is no project none.', 3],
  ])('%s is refused: %s', async (words, message, exit) => {
    const { code, stderr } = await admin(words);
    expect(stderr).toContain(message);
    expect(code).toBe(exit);
  });
});

describe('a user without the role admin', () => {
  test('admin ls exits 5 and names the missing role', async () => {
    const { code, stderr } = await bench.nb('admin ls');
    expect(stderr).toContain(
      'error: Nova does not let you list the VMs of all projects: your roles in project jupyter-notebooks are',
    );
    expect(stderr).toContain('and by default policy this needs admin.');
    expect(stderr).toContain('hint: nubes-nb admin ls --project NAME');
    expect(code).toBe(5);
  });

  test('admin ls --project of the own project lists it, and other users stay unverified', async () => {
    const words = 'admin ls --project jupyter-notebooks -c owner,notebook,identity --no-header';
    const { code, stdout } = await bench.nb(words);
    expect(stdout).toBe('alice  thesis  ok\nalice  trap    unverified\n');
    expect(code).toBe(0);
  });

  test('admin ls --project of another project exits 5', async () => {
    const { code, stderr } = await bench.nb('admin ls --project lpd');
    expect(stderr).toContain('Keystone does not let you look up projects');
    expect(code).toBe(5);
  });
});

describe('admin show', () => {
  test.each([
    ['bob/fits', () => fits.id],
    ['nb-bob-fits', () => fits.id],
    ['UUID', () => fits.id],
    ['address', () => fits.id],
    ['alice/trap', () => forged.id],
  ])('%s is found', async (reference, id) => {
    const words: Readonly<Record<string, string | undefined>> = {
      UUID: fits.id.toUpperCase(),
      address: fits.address,
    };
    expect(await json(`show ${words[reference] ?? reference}`)).toMatchObject({ id: id() });
  });

  test('prints owner, verdict, fault and VM', async () => {
    const { stdout } = await admin('show alice/thesis');
    expect(stdout).toContain(
      'Notebook   alice/thesis\nIdentity   ok\nStatus     error (Nova: ERROR)\n',
    );
    expect(stdout).toContain('Fault      No valid host was found.\n');
  });

  test('a forged VM is marked with its real user', async () => {
    expect((await admin(`show ${forged.id}`)).stdout).toContain(
      'Identity   tampered: its tags or metadata were changed, and name alice/trap; the VM is one of bob\n',
    );
  });

  test('a forged VM does not stand in the way of the real one', async () => {
    const real = addNotebook(bench, 'trap');
    expect(await json('show alice/trap')).toMatchObject({ id: real.id, identity: 'ok' });
  });

  test.each([
    ['bob/none', 'There is no notebook bob/none.'],
    ['00000000-0000-4000-8000-000000000000', 'There is no VM 00000000'],
  ])('%s exits 3', async (reference, message) => {
    const { code, stderr } = await admin(`show ${reference}`);
    expect(stderr).toContain(message);
    expect(code).toBe(3);
  });

  test('a VM that is no notebook exits 3', async () => {
    const other = [...cloud.servers.values()].find(({ name }) => name === 'web server');
    const { code, stderr } = await admin(`show ${other?.id}`);
    expect(stderr).toContain(`Not tagged as a notebook: the VM ${other?.id}.`);
    expect(code).toBe(3);
  });
});

describe('admin map', () => {
  test('prints the VM of each notebook', async () => {
    const { stdout } = await admin('map --no-header -c id,notebook,identity');
    expect(stdout.trim().split('\n').sort()).toEqual(
      [
        `${thesis.id}  alice/thesis  ok`,
        `${fits.id}  bob/fits      ok`,
        `${forged.id}  bob/trap      tampered`,
      ].sort(),
    );
  });

  test('works both ways for chosen ones', async () => {
    expect((await admin(`map bob/fits ${thesis.id} -q`)).stdout).toBe(
      `${fits.id} bob/fits\n${thesis.id} alice/thesis\n`,
    );
  });
});

test('admin report sums up the notebooks of each user and image', async () => {
  expect(await json('report')).toMatchObject([
    { owner: 'alice', notebooks: 1, running: 0, vcpus: 2, ramMiB: 2048, hours: 0 },
    { owner: 'bob', notebooks: 1, running: 1, image: expect.anything() },
    {
      owner: 'bob',
      image: 'old',
      notebooks: 1,
      hours: 4800,
      oldest: expect.stringMatching(/^20.*Z$/),
    },
  ]);
});
