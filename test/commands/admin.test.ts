import { randomUUID } from 'node:crypto';
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
    ['--user bob', ['bob/fits', 'bob/trap']],
    ['--user carol', ['']],
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
      'owner,notebook,status,size,address,created,identity,project,image,image_status,expires,idle,staff_key,claims,fault,vm,id',
    );
    expect(rows[0]).toContain(',active,,,unknown,,No valid host was found.,nb-alice-thesis,');
    expect(rows[2]).toContain(`,alice/trap,,'=forged(),${forged.id}`);
  });

  describe('the status of images', () => {
    const cases = [
      ['retired', { status: 'deactivated' }, 'deactivated'],
      ['hidden', { status: 'deactivated', hidden: true }, 'deactivated'],
      ['current', {}, 'active'],
      ['community', { visibility: 'community' }, 'active'],
      ['foreign', { status: 'deactivated', visibility: 'private' }, null],
    ] as const;

    test.each(cases)('that of a %s one is %j: %j', async (name, traits, status) => {
      const [sample] = cloud.images;
      if (sample === undefined) throw new Error('the cloud has no image');
      cloud.images.push({ ...sample, id: randomUUID(), name, owner: 'another', ...traits });
      addNotebook(bench, 'old', { image: name });
      expect(await json('ls --user alice')).toContainEqual(
        expect.objectContaining({ name: 'old', imageStatus: status }),
      );
      expect(await json('show alice/old')).toMatchObject({ imageStatus: status });
      const shown = (await admin('show alice/old')).stdout;
      expect(/^Image .*$/m.exec(shown)?.[0].includes('(deactivated)')).toBe(
        status === 'deactivated',
      );
      const column = 'ls --user alice --sort name --no-header -c notebook,image_status';
      expect((await admin(column)).stdout).toContain(`old     ${status ?? 'unknown'}\n`);
    });

    test.each([
      ['ls', []],
      ['ls -c owner,identity', []],
      ['ls -o name', []],
      ['ls -c image-status', ['/v2/images', '/v2/images']],
      ['ls -o wide', ['/v2/images', '/v2/images']],
      ['ls -o csv -c owner', []],
      ['show alice/thesis', [expect.stringMatching(/^\/v2\/images\/[0-9a-f-]{36}$/)]],
    ])('%s asks Glance for %j', async (words, paths) => {
      const before = cloud.requests.length;
      expect((await admin(words)).code).toBe(0);
      const asked = cloud.requests.slice(before).filter(({ service }) => service === 'Glance');
      expect(asked.map(({ path }) => path.replace(/\?.*/, ''))).toEqual(paths);
    });

    test('without an answer of Glance it is unknown, with a warning', async () => {
      cloud.faults.next({ service: 'Glance', method: 'GET', path: /images/ }, 'forbidden', {
        times: 9,
      });
      const { code, stdout, stderr } = await admin('ls --json');
      expect(JSON.parse(stdout)[0]).toMatchObject({ imageStatus: null });
      expect((await admin('show alice/thesis')).stderr).toContain(
        'the status of images is unknown',
      );
      expect(stderr).toContain('warning: the status of images is unknown: Glance');
      expect(code).toBe(0);
    });
  });

  test('an owner whom Keystone does not know any more is marked', async () => {
    cloud.users.splice(
      cloud.users.findIndex(({ name }) => name === 'alice'),
      1,
    );
    const { stdout } = await admin('ls --status error -c owner,claims,identity --no-header');
    expect(stdout).toBe(`${thesis.userId}  alice/thesis  no owner\n`);
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

  test('a notebook that is newer than the clock of this computer is listed', async () => {
    const created = new Date(bench.now().getTime() + 300_000);
    addNotebook(bench, 'new', { created });
    expect((await admin('ls -o name')).stdout).toContain('alice/new\n');
  });

  test("a VM without its owner's tag is found by its owner", async () => {
    const tags = ['nubes-nb', 'nubes-nb.u=bob', 'nubes-nb.n=work'];
    addNotebook(bench, 'work', { tags });
    expect((await admin('ls --user alice -o name')).stdout).toContain('alice/work\n');
    expect(await json('show alice/work')).toMatchObject({ identity: 'tampered' });
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
    expect(stderr).toContain(
      'hint: nubes-nb admin ls --project jupyter-notebooks lists the notebooks of',
    );
    expect(code).toBe(5);
  });

  test('admin ls --project of the own project lists it, and other users stay unverified', async () => {
    const words = 'admin ls --project jupyter-notebooks -c owner,notebook,identity --no-header';
    const { code, stdout } = await bench.nb(words);
    expect(stdout).toBe('alice  thesis  ok\nalice  trap    unverified\n');
    expect(code).toBe(0);
  });

  test('the owner of a tampered VM is not what its metadata say, but the user id', async () => {
    const odd = cloud.addServer({
      ...{ user: 'bob', name: 'odd', tags: ['nubes-nb', 'nubes-nb.u=carol', 'nubes-nb.n=other'] },
      metadata: { 'nubes-nb:user': 'carol', 'nubes-nb:notebook': 'odd' },
    });
    const { stdout } = await bench.nb('admin show odd --project jupyter-notebooks --json');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ owner: odd.userId, identity: 'tampered', claims: 'carol/odd' },
    });
  });

  test('admin ls --project of another project exits 5', async () => {
    const { code, stderr } = await bench.nb('admin ls --project lpd');
    expect(stderr).toContain('Keystone does not let you look up projects');
    expect(stderr).toContain('by default policy this needs admin');
    expect(code).toBe(5);
  });

  test('admin show of a UUID in another project exits 3 and names what the login may see', async () => {
    const { id } = cloud.addServer({ user: 'bob', name: 'far', project: 'lpd' });
    const { code, stderr } = await bench.nb(`admin show ${id}`);
    expect(stderr).toContain(
      'hint: nubes-nb admin ls --project jupyter-notebooks shows all that Nova lets you see without the role admin',
    );
    expect(code).toBe(3);
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

describe('admin logs', () => {
  test('prints the console of the VM of another user', async () => {
    cloud.print(fits.id, 'panic: no root\n');
    const { code, stdout } = await admin('logs bob/fits -n 1');
    expect(stdout).toBe('panic: no root\n');
    expect(code).toBe(0);
  });
});

describe('a change of the notebook of another user', () => {
  const statusOf = (id: string) => cloud.servers.get(id)?.status;
  const change = (words: readonly string[], options = {}) =>
    operator.nb(['admin', ...words, '--reason', 'host maintenance'], options);

  test('admin stop stops it, and the owner sees who did it, when and why', async () => {
    const { id } = addNotebook(bench, 'work');
    const { code, stdout } = await change(['stop', 'alice/work', '--yes']);
    expect(stdout).toBe('alice/work is stopped: host maintenance\n');
    expect(code).toBe(0);
    expect(statusOf(id)).toBe('SHUTOFF');
    const notice = /^admin asked to stop it at 20\S+Z: host maintenance$/;
    const shown = JSON.parse((await bench.nb('show work --json')).stdout);
    expect(shown.notice).toMatch(notice);
    expect((await bench.nb('show work')).stdout).toMatch(/^Notice {5}admin asked to stop it at /m);
    expect((await bench.nb('ls', { terminal: 80 })).stderr).toMatch(
      /notice on work: admin asked to stop it at 20\S+Z: host maintenance/,
    );
    expect((await change(['stop', 'alice/work', '--yes'])).stdout).toBe(
      'alice/work is stopped already.\n',
    );
  });

  test('admin start starts a stopped one', async () => {
    const { id } = addNotebook(bench, 'work', { status: 'SHUTOFF' });
    expect(await change(['start', id, '--yes'])).toMatchObject({
      ...{ code: 0, stdout: 'alice/work is running: host maintenance\n' },
    });
    expect(statusOf(id)).toBe('ACTIVE');
  });

  test('admin delete asks for user/name and deletes', async () => {
    const { code, stderr } = await change(['delete', 'bob/fits'], {
      terminal: 80,
      answers: [['Type user/name to delete it:', 'bob/fits\r']],
    });
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`(VM ${fits.id}).`);
    expect(code).toBe(0);
    expect(cloud.servers.get(fits.id)?.status ?? 'DELETED').toBe('DELETED');
  });

  test('another answer changes nothing', async () => {
    const answers = [['Type user/name to delete it:', 'fits\r']];
    const { code, stderr } = await change(['delete', 'bob/fits'], { terminal: 80, answers });
    expect(stderr).toContain('That is not bob/fits; nothing was changed.');
    expect(code).toBe(2);
    expect(statusOf(fits.id)).toBe('ACTIVE');
  });

  test('without a terminal --yes is needed', async () => {
    const { code, stderr } = await change(['stop', 'bob/fits']);
    expect(stderr).toContain(`hint: nubes-nb admin stop ${fits.id} --reason TEXT --yes`);
    expect(code).toBe(2);
  });

  test('a forged VM is changed by its UUID only', async () => {
    const { code, stderr } = await change(['stop', 'alice/trap', '--yes']);
    expect(stderr).toContain(
      `alice/trap names the VM ${forged.id}, whose tags or metadata were changed; it is one of bob.`,
    );
    expect(code).toBe(5);
    expect(statusOf(forged.id)).toBe('ACTIVE');
    expect((await change(['stop', forged.id, '--yes'])).code).toBe(0);
    expect(statusOf(forged.id)).toBe('SHUTOFF');
  });

  test('a notebook that its owner is starting exits 6, and its owner sees no notice', async () => {
    const { id } = addNotebook(bench, 'work', { status: 'SHUTOFF', taskState: 'powering-on' });
    const { code, stderr } = await change(['stop', 'alice/work', '--yes']);
    expect(stderr).toContain('warning: Nova does not take a notice for the owner in this state.');
    expect(stderr).toMatch(/error: alice\/work was not stopped: another action on it is running\./);
    expect(code).toBe(6);
    expect(cloud.servers.get(id)?.metadata['nubes-nb:notice']).toBeUndefined();
  });

  test('a deletion that takes longer than --timeout exits 8 and names admin show', async () => {
    const { code, stderr } = await change(['delete', 'bob/fits', '--yes', '--timeout', '1s']);
    expect(stderr).toContain(
      `error: Timed out: bob/fits is still deleting.\nhint: nubes-nb admin show ${fits.id}\n`,
    );
    expect(code).toBe(8);
  });

  test('a notebook that its owner deletes meanwhile exits 3', async () => {
    const { id } = addNotebook(bench, 'work');
    const onSleep = async () => void (await bench.nb('delete work --yes'));
    const { code, stderr } = await change(['stop', id, '--yes'], { onSleep });
    expect(stderr).toContain('error: alice/work was deleted by another command.');
    expect(code).toBe(3);
  });

  test('a VM named like a notebook of another user does not stand for it', async () => {
    const tags = ['nubes-nb', 'nubes-nb.u=alice', 'nubes-nb.n=own'];
    const own = addNotebook(bench, 'own', { tags, name: 'bob/fits' });
    expect((await change(['stop', 'bob/fits', '--yes'])).code).toBe(0);
    expect([statusOf(own.id), statusOf(fits.id)]).toEqual(['ACTIVE', 'SHUTOFF']);
  });

  test('a VM of a deleted user is changed by its UUID only', async () => {
    cloud.users.splice(
      cloud.users.findIndex(({ name }) => name === 'bob'),
      1,
    );
    const { code, stderr } = await change(['delete', 'bob/fits', '--yes']);
    expect(stderr).toContain(`names the VM ${fits.id}, whose user does not exist any more.`);
    expect(code).toBe(5);
    expect((await change(['delete', fits.id, '--yes'])).code).toBe(0);
  });

  test('--yes with the name of a VM exits 2, as that is free text', async () => {
    const { code, stderr } = await change(['stop', 'nb-bob-fits', '--yes']);
    expect(stderr).toContain('error: --yes takes user/name or a UUID: nb-bob-fits is bob/fits.');
    expect(code).toBe(2);
  });

  test('a VM with as many metadata items as Nova takes is stopped without a notice', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 123 }, (_, at) => [`k${at}`, 'v']));
    const { id } = addNotebook(bench, 'work', { metadata });
    const { code, stderr } = await change(['stop', 'alice/work', '--yes']);
    expect(stderr).toContain('warning: Nova does not take a notice for the owner in this state.');
    expect(code).toBe(0);
    expect(statusOf(id)).toBe('SHUTOFF');
  });

  test('a start that Nova gives up ends at once', async () => {
    const { id } = addNotebook(bench, 'work', { status: 'SHELVED_OFFLOADED', flavor: 'l3.huge' });
    const { code, stderr } = await change(['start', id, '--yes']);
    expect(stderr).toContain('error: alice/work was not started: ');
    expect(code).toBe(9);
  });

  test('a member exits 5 and changes nothing', async () => {
    const words = ['admin', 'stop', 'bob/fits', '--reason', 'x', '--yes'];
    expect((await bench.nb(words)).code).toBe(5);
    expect(statusOf(fits.id)).toBe('ACTIVE');
  });

  test.each(['', 'a\nb', 'x'.repeat(151)])('the reason %j is refused', async (reason) => {
    const { code, stderr } = await operator.nb(['admin', 'stop', 'bob/fits', '--reason', reason]);
    expect(stderr).toContain('--reason takes one line of 1 to 150 characters.');
    expect(code).toBe(2);
  });
});
