import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { importKey, liveServers, post, setQuota } from '../../support/cloud.ts';
import { itemsIn } from '../../support/items.ts';
import { fakeSsh } from '../../support/ssh.ts';
import { addNotebook, sharedBench, testKey, type Workbench } from '../../support/workbench.ts';

const bench = await sharedBench();

const requestsSince = (count: number) => bench.sandbox.cloud.requests.slice(count);

describe('create', () => {
  test('create returns when Jupyter answers and prints the URL with its token and the tunnel', async () => {
    const { code, stdout, stderr } = await bench.nb('create lpd-tests');
    expect(stderr).toMatch(
      /^preflight: .*\nrequest: .*\nbuilding: VM .*\naddress: .*\nssh: .*\njupyter: .*\n$/,
    );
    expect(stdout).toMatch(/^lpd-tests is ready \(\d+s\)\n/);
    expect(stdout).toMatch(/ {2}URL {5}http:\/\/127\.0\.0\.1:2\d{4}\/lab\?token=[0-9a-f]{32}\n/);
    expect(stdout).toContain('\n  Open    nubes-nb open lpd-tests\n  URL ');
    expect(stdout).toContain(
      '\n  Tunnel  ssh -F ~/.config/nubes-nb/ssh_tunnel -N nubes-nb-lpd-tests\n',
    );
    const hosts = readFileSync(join(bench.home, '.config/nubes-nb/ssh_config'), 'utf8');
    expect(hosts).toMatch(
      /Host nubes-nb-lpd-tests\n.*StrictHostKeyChecking yes\n.*LocalForward 127\.0\.0\.1:2\d{4} 127\.0\.0\.1:8888\n/s,
    );
    expect(code).toBe(0);
  });

  test('create --json prints one object that agrees with the tags and metadata in Nova', async () => {
    const { stdout, stderr } = await bench.nb('create lpd-tests --json');
    const notebook = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect(notebook).toMatchObject({
      name: 'lpd-tests',
      owner: 'alice',
      key: 'alice/lpd-tests',
      vmName: 'nb-alice-lpd-tests',
      status: 'ready',
      nova: { status: 'ACTIVE', taskState: null, powerState: 1 },
      expiresAt: null,
      idleTimeout: null,
      protected: false,
      labels: {},
      fault: null,
    });
    const server = bench.sandbox.cloud.servers.get(notebook.id);
    expect([...(server?.tags ?? [])].sort()).toEqual([
      'nubes-nb',
      'nubes-nb.n=lpd-tests',
      'nubes-nb.u=alice',
    ]);
    expect(server?.metadata).toMatchObject({
      'nubes-nb:ref': 'alice/lpd-tests',
      'nubes-nb:schema': '1',
    });
    expect(server?.description).toBe('Jupyter notebook alice/lpd-tests (nubes-nb)');
  });

  test('create makes at most six requests besides polls if its key pair exists', async () => {
    await bench.nb('create first --no-wait');
    const before = bench.sandbox.cloud.requests.length;
    await bench.nb('create second --no-wait');
    const asked = requestsSince(before).map(({ method, path }) => `${method} ${path}`);
    expect(asked.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(asked.length).toBeLessThanOrEqual(7);
    expect(asked.filter((line) => !/GET .*servers\/detail/.test(line))).toHaveLength(5);
  });

  test('create sends all that it reads before POST /servers at once', async () => {
    const { cloud } = bench.sandbox;
    await bench.nb('create first --no-wait');
    const before = cloud.requests.length;
    cloud.faults.next({ method: 'GET' }, 'silent', { times: 5 });
    const interruption = new AbortController();
    const ended = bench.nb('create second --no-wait', { interruption });
    await vi.waitFor(() =>
      expect(
        requestsSince(before)
          .map(({ path }) => path.replace(/\?.*/, ''))
          .toSorted(),
      ).toEqual([
        '/v2.0/networks',
        '/v2.1/flavors/detail',
        '/v2.1/limits',
        '/v2.1/servers/detail',
        '/v2/images',
      ]),
    );
    interruption.abort('SIGINT');
    expect((await ended).code).toBe(130);
  });

  test('create of a taken name exits 6 before POST /servers', async () => {
    await bench.nb('create lpd-tests --no-wait');
    const { code, stderr } = await bench.nb('create lpd-tests');
    expect(stderr).toContain('error: lpd-tests exists already (creating).\nhint: ');
    expect(code).toBe(6);
    expect(liveServers(bench)).toHaveLength(1);
  });

  test('create accepts a name that another project member uses', async () => {
    const bob = bench.secondComputer();
    await bob.login('bob');
    expect((await bob.nb('create lpd-tests --no-wait')).code).toBe(0);
    expect((await bench.nb('create lpd-tests --no-wait')).code).toBe(0);
  });

  test.each(['-x', 'Lpd', 'a_b', 'a-', '1a', 'a'.repeat(33), 'ünï', 'a/b'])(
    'the name %s exits 2 without a request',
    async (name) => {
      const before = bench.sandbox.cloud.requests.length;
      const { code } = await bench.nb(['create', '--no-wait', '--', name]);
      expect(code).toBe(2);
      expect(requestsSince(before)).toEqual([]);
    },
  );

  test.each([
    ['--image nonsense', 'image', 'jupyter'],
    ['--size nonsense', 'size', 'l3.nano'],
    ['--network nonsense', 'network', 'Internal'],
  ])('%s exits 3 and lists what there is', async (flag, noun, there) => {
    const { code, stderr } = await bench.nb(`create x ${flag}`);
    expect(stderr).toContain(`error: There is no ${noun} named 'nonsense'.`);
    expect(stderr).toContain(there);
    expect(code).toBe(3);
    expect(liveServers(bench)).toHaveLength(0);
  });

  test('create without an SSH key exits 2, names --key and creates nothing', async () => {
    rmSync(join(bench.home, '.ssh', 'id_ed25519.pub'));
    const { code, stderr } = await bench.nb('create x');
    expect(stderr).toContain('There is no SSH key in ~/.ssh');
    expect(stderr).toContain('--key');
    expect(code).toBe(2);
    expect(liveServers(bench)).toHaveLength(0);
  });

  test('create makes an SSH key with an ssh-keygen that gets no password', async () => {
    rmSync(join(bench.home, '.ssh', 'id_ed25519.pub'));
    const write = `for file; do :; done; printf '%s' '${testKey}' > "$file.pub"; : > "$file"`;
    const keygen = fakeSsh(bench, write, { program: 'ssh-keygen' });
    const { code } = await bench.nb('create x --no-wait', {
      terminal: 120,
      answers: [['Make ~/.ssh/id_ed25519 now?', 'y\r']],
      environment: { ...keygen.environment, OS_PASSWORD: 'hidden', LANG: 'C' },
    });
    expect(code).toBe(0);
    expect(keygen.variables()).toContain('LANG=C');
    expect(keygen.variables()).not.toContain('hidden');
  });

  test.each([
    ['No user exists for uid 4242', 'ssh does not run for a user without an account, and this'],
    ['Saving key "x" failed: Disk quota exceeded', 'id_ed25519: Saving key "x" failed: Disk quota'],
    ['', 'id_ed25519: it exited with 3.'],
  ])('an ssh-keygen that fails with "%s" is reported with its reason', async (line, shown) => {
    rmSync(join(bench.home, '.ssh', 'id_ed25519.pub'));
    const fails = `[ -z '${line}' ] || echo '${line}' >&2; exit 3`;
    const { environment } = fakeSsh(bench, fails, { program: 'ssh-keygen' });
    const { code, stderr } = await bench.nb('create x --no-wait', {
      ...{ terminal: 120, environment },
      answers: [['Make ~/.ssh/id_ed25519 now?', 'y\r']],
    });
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(shown);
    expect(code).toBe(11);
  });

  test.each<[string, string, (bench: Workbench) => unknown]>([
    ['a taken name', 'create x', (own) => addNotebook(own, 'x')],
    ['an unknown image', 'create x --image nonsense', () => {}],
    ['a full quota', 'create x --size l3.huge', () => {}],
    ['a full quota of a batch', 'create x y --size l3.huge', () => {}],
    ['a network without a subnet', 'create x y --network nonsense', () => {}],
  ])('create refuses %s without a question about a key', async (_, words, prepare) => {
    rmSync(join(bench.home, '.ssh', 'id_ed25519.pub'));
    prepare(bench);
    const { code, stderr } = await bench.nb(words, { terminal: 120 });
    expect(code).toBeGreaterThan(1);
    expect(stderr).not.toContain('Make ~/.ssh');
  });

  test('the time of the question about a key does not count as waiting time', async () => {
    rmSync(join(bench.home, '.ssh', 'id_ed25519.pub'));
    const write = `for file; do :; done; printf '%s' '${testKey}' > "$file.pub"; : > "$file"`;
    const { environment } = fakeSsh(bench, write, { program: 'ssh-keygen' });
    const { code } = await bench.nb('create x --wait running --timeout 60s', {
      terminal: 120,
      environment,
      answers: [['Make ~/.ssh/id_ed25519 now?', 'y\r']],
      onAnswer: () => bench.pass(3_600_000),
    });
    expect(code).toBe(0);
  });

  test.each(['/nonexistent/key', '/nonexistent/key.pub'])(
    'create --key %s of a file that does not exist exits 2 and says so',
    async (file) => {
      const { code, stderr } = await bench.nb(`create x --key ${file}`);
      expect(stderr).toContain(`error: ${file} does not exist.\nhint: give the file`);
      expect(code).toBe(2);
    },
  );

  test('create warns if the journal cannot be written after the VM exists', async () => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'slow', { ms: 200 });
    const creating = bench.nb('create x --no-wait');
    const journal = join(bench.stateFolder, 'journal.ndjson');
    await vi.waitFor(() => expect(readFileSync(journal, 'utf8')).toContain('"name":"x"'));
    rmSync(journal);
    mkdirSync(journal);
    const { code, stdout, stderr } = await creating;
    expect(stderr).toContain('warning: the journal in the state folder cannot be written.');
    expect(stdout).toContain('x is creating');
    expect(code).toBe(0);
  });

  test('create warns if the host key cannot be stored, and the tunnel accepts the first one', async () => {
    const { code, stdout, stderr } = await bench.nb('create x', {
      onSleep: () => {
        rmSync(bench.stateFolder, { recursive: true, force: true });
        writeFileSync(bench.stateFolder, '');
      },
    });
    expect(stderr).toContain('warning: the host key of x cannot be written');
    expect(stdout).toContain('-N nubes-nb-x\n');
    const hosts = readFileSync(join(bench.home, '.config/nubes-nb/ssh_config'), 'utf8');
    expect(hosts).toContain('StrictHostKeyChecking accept-new\n');
    expect(code).toBe(0);
  });

  test('create over limits.per_user exits 7 and names the notebooks, stopped ones too', async () => {
    for (const name of ['a', 'b', 'c', 'd']) addNotebook(bench, name);
    addNotebook(bench, 'old-run', { status: 'SHUTOFF' });
    const { code, stderr } = await bench.nb('create f');
    expect(stderr).toContain(
      'You have 5 of 5 notebooks (stopped ones count): a, b, c, d, old-run.',
    );
    expect(code).toBe(7);
  });

  test('create over a limit that a variable sets names the variable, for each of several too', async () => {
    addNotebook(bench, 'a');
    const environment = { NUBES_NB_LIMITS_PER_USER: '1' };
    const raised = (count: number) => `export NUBES_NB_LIMITS_PER_USER=${count}`;
    const one = await bench.nb('create f', { environment });
    expect(one.stderr).toContain(`hint: nubes-nb delete NAME makes room; ${raised(2)} raises`);
    const several = await bench.nb('create f g --fit --json', { environment });
    const [item = ''] = several.stdout.split('\n');
    expect(JSON.parse(item).error.hint).toContain(raised(3));
    expect(several.stderr).toContain(raised(3));
  });

  test('create exits 7 at once if no host is valid, and keeps the VM in ERROR', async () => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'error-after-202');
    const { code, stdout, stderr } = await bench.nb('create x --json');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'x', status: 'error' });
    expect(stderr).toContain('error: The cloud has no room for x now: No valid host was found.');
    expect(code).toBe(7);
  });

  test('create exits 7 if Nova finds after the 202 that the quota is used up, and says by what', async () => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'quota-after-202');
    const { code, stdout, stderr } = await bench.nb('create x --json');
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'error',
      fault: expect.stringContaining('Resource servers is over limit of 0 due to current usage 1'),
    });
    expect(stderr).toContain(
      "error: Nova accepted x, but then had no quota: 1 of the project's 0 instances are in use.\nhint: nubes-nb delete x, as it counts too;",
    );
    expect(code).toBe(7);
  });

  test('create exits 7 if the user may have no more key pairs, which deleting notebooks does not free', async () => {
    setQuota(bench, { keyPairs: 0 });
    const { code, stderr } = await bench.nb('create x');
    expect(stderr).toContain(
      'error: Nova did not import your SSH key: 0 of your 0 key pairs are in use (1 more needed).\nhint: openstack keypair list, then openstack keypair delete NAME; deleting notebooks frees none',
    );
    expect(code).toBe(7);
  });

  test('create exits 7 with a hint about ports if the project has none left', async () => {
    setQuota(bench, { ports: 0 });
    const { code, stderr } = await bench.nb('create x');
    expect(stderr).toContain('error: Nova refused: the quota of ports is used up.\nhint: ');
    expect(stderr).toContain('openstack port list');
    expect(code).toBe(7);
  });

  test('the reason of a failure that no list has is in show, ls, wait and a batch', async () => {
    const { id } = addNotebook(bench, 'x', { status: 'ERROR' });
    const fault = 'No valid host was found.';
    expect(JSON.parse((await bench.nb('show x --json')).stdout)).toMatchObject({ fault });
    expect(JSON.parse((await bench.nb('ls --json')).stdout)).toMatchObject([{ id, fault }]);
    expect((await bench.nb('ls -o wide')).stdout).toContain(fault);
    expect(await bench.nb('wait x')).toMatchObject({
      code: 7,
      stderr: expect.stringContaining(`The cloud has no room for x now: ${fault}`),
    });
    const exists = `x exists in the state error: ${fault}`;
    expect((await bench.nb('create x --if-exists skip')).stderr).toContain(exists);
    const seen = await bench.nb('wait x zz --for running --json');
    expect(itemsIn(seen).find(({ name }) => name === 'x')).toMatchObject({
      error: { code: 'NO_CAPACITY' },
      fault,
    });
  });

  test('create exits 11 before POST /servers if the journal is a folder', async () => {
    mkdirSync(join(bench.stateFolder, 'journal.ndjson'));
    const { code, stderr } = await bench.nb('create x');
    expect(stderr).toContain('journal.ndjson is a folder.');
    expect(code).toBe(11);
    expect(liveServers(bench)).toHaveLength(0);
  });

  test('two creates of one name with --no-wait leave one VM, whatever the ids', async () => {
    await importKey(bench);
    const results = await Promise.all([
      bench.nb('create x --no-wait'),
      bench.nb('create x --no-wait'),
    ]);
    expect(results.map(({ code }) => code).sort()).toEqual([0, 6]);
  });

  test('two shells that race on a name end with one VM, and the loser exits 6', async () => {
    await importKey(bench);
    bench.sandbox.cloud.faults.next(post, 'list-lag', { times: 2 });
    const results = await Promise.all([bench.nb('create x'), bench.nb('create x')]);
    expect(results.map(({ code }) => code).sort()).toEqual([0, 6]);
    expect(liveServers(bench).filter(({ taskState }) => taskState !== 'deleting')).toHaveLength(1);
  });

  test('create stops waiting if another shell deletes its notebook', async () => {
    let deleted = 0;
    let last = 0;
    const { code, stdout, stderr } = await bench.nb('create x --json', {
      onSleep: async (waited) => {
        last = waited;
        if (waited < 2_000 || deleted > 0) return;
        deleted = waited;
        await bench.nb('delete x --yes');
      },
    });
    expect(stderr).toContain('The VM of x was deleted by another command.');
    expect(stdout).toBe('');
    expect(code).toBe(6);
    expect(last - deleted).toBeLessThan(15_000);
  });

  test('create exits 8 at its time-out if Nova stops answering', async () => {
    const { faults } = bench.sandbox.cloud;
    const { code, stderr } = await bench.nb('create x --no-wait --timeout 0.5s', {
      onSleep: () => {
        faults.next({ service: 'Nova', method: 'GET' }, 'slow', { ms: 60_000, times: 9 });
      },
    });
    faults.clear();
    expect(stderr).toContain('Timed out: x is not ready yet; its VM is kept.');
    expect(code).toBe(8);
  });

  test('create exits 8 at its time-out, prints the notebook and keeps the VM', async () => {
    const { code, stdout, stderr } = await bench.nb('create x --timeout 1s --json');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'x', status: 'creating' });
    expect(stderr).toContain('error: Timed out: x is not ready yet; its VM is still being built.');
    expect(stderr).toContain('nubes-nb start x waits again');
    expect(code).toBe(8);
    expect((await bench.nb('start x')).stdout).toContain('x is ready');
  });

  test('Ctrl-C while create waits exits 130, names the command that resumes and keeps the VM', async () => {
    const interruption = new AbortController();
    const { code, stderr } = await bench.nb('create x', {
      interruption,
      onSleep: () => interruption.abort('SIGINT'),
    });
    expect(stderr).toContain(
      'error: Stopped waiting; x is still being created.\nhint: nubes-nb wait x',
    );
    expect(code).toBe(130);
    expect(liveServers(bench)).toHaveLength(1);
  });

  test('a token that expires while create waits is renewed', async () => {
    const { code } = await bench.nb('create x', {
      onSleep: (waited) => {
        if (waited > 2_000 && waited < 4_000) bench.sandbox.cloud.expireTokens();
      },
    });
    expect(code).toBe(0);
  });

  test('a credential revoked while create waits exits 4, prints the notebook and names login', async () => {
    const { code, stdout, stderr } = await bench.nb('create x --json', {
      onSleep: () => bench.sandbox.cloud.revokeCredentials(),
    });
    expect(JSON.parse(stdout)).toMatchObject({ name: 'x' });
    expect(stderr).toContain('nubes-nb login');
    expect(code).toBe(4);
    expect(liveServers(bench)).toHaveLength(1);
  });

  test('create --wait running returns at an address, --no-wait at Nova’s 202', async () => {
    expect(JSON.parse((await bench.nb('create a --wait running --json')).stdout)).toMatchObject({
      status: 'running',
      address: expect.any(String),
    });
    expect(JSON.parse((await bench.nb('create b --no-wait --json')).stdout)).toMatchObject({
      status: 'creating',
    });
  });
});
