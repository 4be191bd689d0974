import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { requestAsAlice } from '../../support/cloud.ts';
import { addNotebook, sharedBench, workbench } from '../../support/workbench.ts';

const bench = await sharedBench();

const status = async (name: string) =>
  JSON.parse((await bench.nb(`show ${name} --json`)).stdout).status;

const shelve = (id: string) =>
  requestAsAlice(bench, 'POST', ['compute', `/servers/${id}/action`], { shelve: null });

describe('stop and start', () => {
  test('stop keeps the VM and says that it counts towards the quota; start makes the same VM ready again', async () => {
    const { id } = JSON.parse((await bench.nb('create x --json')).stdout);
    const stopped = await bench.nb('stop x');
    expect(stopped.stdout).toBe(
      'x is stopped. Its disk is kept, and it still counts towards the quota.\n',
    );
    expect(await status('x')).toBe('stopped');
    const started = await bench.nb('start x --json');
    expect(JSON.parse(started.stdout)).toMatchObject({ id, status: 'ready' });
  });

  test('start prints the token only with --show-token', async () => {
    await bench.nb('create x');
    expect((await bench.nb('start x')).stdout).not.toContain('token=');
    expect((await bench.nb('start x --show-token')).stdout).toContain('token=');
  });

  test.each(['start x --show-token', 'create x --if-exists start'])(
    '%s prints the token also at its time-out',
    async (words) => {
      await bench.nb('create x');
      await bench.nb('stop x');
      const { code, stdout } = await bench.nb(`${words} --timeout 1s --json`);
      expect(JSON.parse(stdout).url).toContain('?token=');
      expect(code).toBe(8);
    },
  );

  test('start ignores the ready marker of the boot before', async () => {
    await bench.nb('create x');
    await bench.nb('stop x');
    const { code, stderr } = await bench.nb('start x --timeout 2s');
    expect(stderr).toContain('Timed out');
    expect(code).toBe(8);
  });

  test('a second start ignores the ready marker of the boot before the first', async () => {
    await bench.nb('create x');
    await bench.nb('stop x');
    await bench.nb('start x --no-wait');
    bench.pass(1_500);
    const { code, stderr } = await bench.nb('start x --timeout 1s');
    expect(stderr).toContain('Timed out');
    expect(code).toBe(8);
    expect((await bench.nb('start x')).stdout).toContain('x is ready');
  });

  test('stop exits 8 at its time-out even if Nova does not answer', async () => {
    addNotebook(bench, 'x');
    const list = { service: 'Nova', method: 'GET' } as const;
    bench.sandbox.cloud.faults.next(list, 'slow', { ms: 60_000, times: 9 });
    const { code, stderr } = await bench.nb('stop x --timeout 0.1s');
    bench.sandbox.cloud.faults.clear();
    expect(stderr).toContain('Timed out');
    expect(code).toBe(8);
  });

  test('start waits for a 409 caused by another command, then retries', async () => {
    addNotebook(bench, 'x', { status: 'SHUTOFF' });
    const [first, second] = await Promise.all([
      bench.nb('start x --wait running'),
      bench.nb('start x --wait running'),
    ]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(await status('x')).toBe('running');
  });

  test.each([
    ['start off', 'os-start'],
    ['start shelved', 'unshelve'],
    ['stop on', 'os-stop'],
    ['restart on', 'reboot'],
    ['restart on --hard', 'reboot'],
  ])('%s of a VM that is deleted just before exits 3 and says so', async (words, action) => {
    addNotebook(bench, 'on');
    addNotebook(bench, 'off', { status: 'SHUTOFF' });
    addNotebook(bench, 'shelved', { status: 'SHELVED_OFFLOADED' });
    bench.sandbox.cloud.faults.next({ service: 'Nova', method: 'POST', action }, 'not-found');
    const { code, stderr } = await bench.nb(words);
    const name = words.split(' ')[1];
    expect(stderr).toContain(
      `error: The VM of ${name} was deleted by another command.\nhint: nubes-nb ls\n`,
    );
    expect(code).toBe(3);
  });

  test('stop succeeds if another command stops the notebook at the same time', async () => {
    await bench.nb('create x');
    const [first, second] = await Promise.all([bench.nb('stop x'), bench.nb('stop x')]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(await status('x')).toBe('stopped');
  });

  test('start unshelves a shelved VM, and waits for one that is being shelved', async () => {
    const { id } = JSON.parse((await bench.nb('create x --json')).stdout);
    await shelve(id);
    const { code, stdout, stderr } = await bench.nb('start x --json');
    expect(JSON.parse(stdout)).toMatchObject({ id, status: 'ready' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('ls, show, stop and open say that a shelved VM is off', async () => {
    await shelve(JSON.parse((await bench.nb('create x --json')).stdout).id);
    await bench.nb('wait x --for stopped');
    expect((await bench.nb('ls')).stdout).toMatch(/x +released/);
    expect((await bench.nb('show x')).stdout).toMatch(/released/);
    const stopped = await bench.nb('stop x');
    expect(stopped).toMatchObject({
      code: 0,
      stdout: 'x is off already: its VM is shelved, with the disk in the image store.\n',
    });
    const opened = await bench.nb('open x');
    expect(opened.stderr).toContain('x is released.\nhint: nubes-nb open x --start\n');
    expect(opened.code).toBe(6);
    const { code, stderr } = await bench.nb('ssh x');
    expect(stderr).toContain('x cannot be reached: it is released.\nhint: nubes-nb start x\n');
    expect(code).toBe(6);
  });

  test('start --all starts shelved VMs, too', async () => {
    addNotebook(bench, 'x', { status: 'SHELVED_OFFLOADED' });
    addNotebook(bench, 'y', { status: 'SHUTOFF' });
    const { code, stdout } = await bench.nb('start --all --yes --wait running -o ndjson');
    expect(stdout.match(/"result":"started"/g)).toHaveLength(2);
    expect(code).toBe(0);
  });

  test('start of a shelved VM that has no room exits 7', async () => {
    addNotebook(bench, 'x', { status: 'SHELVED_OFFLOADED', flavor: 'l3.huge' });
    const { code, stderr } = await bench.nb('start x');
    expect(stderr).toContain('The cloud has no room for x now; it stays shelved.');
    expect(code).toBe(7);
  });

  test('start of a shelved VM that policy forbids to unshelve exits 5 and says who can', async () => {
    const { id } = addNotebook(bench, 'x', { status: 'SHELVED_OFFLOADED' });
    bench.sandbox.cloud.forbidden.add('os_compute_api:os-shelve:unshelve');
    const { code, stderr } = await bench.nb('start x');
    bench.sandbox.cloud.forbidden.clear();
    expect(stderr).toContain('x is shelved, and the cloud does not allow you to unshelve it.');
    expect(stderr).toContain(`hint: your cloud team can: openstack server unshelve ${id}`);
    expect(code).toBe(5);
  });

  test('stop and delete of a locked VM exit 5 and leave it running', async () => {
    addNotebook(bench, 'x', { locked: true });
    expect((await bench.nb('stop x')).code).toBe(5);
    const { code, stderr } = await bench.nb('delete x --yes');
    expect(stderr).toContain('x is protected: its VM is locked in Nova.');
    expect(code).toBe(5);
    expect(await status('x')).toBe('running');
  });
});

describe('delete', () => {
  test('delete without --yes exits 2 if stdin is not a terminal', async () => {
    await bench.nb('create x --no-wait');
    const { code, stderr } = await bench.nb('delete x');
    expect(stderr).toContain('--yes');
    expect(code).toBe(2);
    expect(await status('x')).toBe('creating');
  });

  test('delete --yes waits until Nova no longer has the VM, and removes its host key', async () => {
    await bench.nb('create x');
    const hosts = () => readFileSync(join(bench.stateFolder, 'known_hosts'), 'utf8');
    expect(hosts()).toContain('nubes-nb-');
    expect((await bench.nb('delete x --yes')).stdout).toBe('x is deleted.\n');
    expect(hosts()).toBe('');
    expect((await bench.nb('show x')).code).toBe(3);
    expect((await bench.nb('ls --json')).stdout).toBe('[]\n');
  });

  test('delete of a missing notebook exits 3, or 0 with --if-missing ok', async () => {
    expect((await bench.nb('delete nothing --yes')).code).toBe(3);
    expect((await bench.nb('rm nothing --yes --if-missing ok')).code).toBe(0);
  });

  test('delete exits 8 at its time-out and says that Nova is still deleting', async () => {
    await bench.nb('create x --wait running');
    const { code, stderr } = await bench.nb('delete x --yes --timeout 1');
    expect(stderr).toContain('Timed out: x is still deleting.');
    expect(code).toBe(8);
  });
});

describe('url', () => {
  test('url prints the URL on stdout and the tunnel on stderr', async () => {
    const { stdout: created } = await bench.nb('create x --json');
    const { stdout, stderr } = await bench.nb('url x');
    expect(stdout).toBe(`${JSON.parse(created).url}\n`);
    expect(stderr).toContain('Tunnel: ssh -N');
  });

  test('url --no-token leaves the token out', async () => {
    await bench.nb('create x --no-wait');
    expect((await bench.nb('url x --no-token')).stdout).toMatch(/\/lab\n$/);
  });

  test('url pins the host key of a notebook created with --no-wait', async () => {
    await bench.nb('create x --no-wait');
    bench.pass(60_000);
    const { tunnel } = JSON.parse((await bench.nb('url x --json')).stdout);
    expect(tunnel.argv).toContain('StrictHostKeyChecking=yes');
  });

  test('url of a notebook whose metadata was removed by another project member exits 6', async () => {
    addNotebook(bench, 'x');
    expect((await bench.nb('url x')).code).toBe(6);
  });

  test('url exits 6 with the login of another computer, which cannot compute the token', async () => {
    await bench.nb('create x');
    const other = bench.secondComputer();
    await other.login();
    const { code, stdout, stderr } = await other.nb('url x');
    expect(stdout).toBe('');
    expect(stderr).toContain('x was created by another login');
    expect(code).toBe(6);
  });
});

test.each([
  ['deleted', 'delete d --yes --no-wait', /The VM of d was deleted by another command/],
  ['stopped', 'stop d --no-wait', /The VM of d stopped before its Jupyter answered/],
])('create ends if its VM is %s while it waits for Jupyter', async (_what, verb, words) => {
  const slow = await workbench({ ldap: false, pace: { readyMs: 600_000 } });
  onTestFinished(() => slow.close());
  await slow.login();
  let done = false;
  const seen = await slow.nb('create d --timeout 5m', {
    onSleep: async (waited) => {
      if (waited < 20_000 || done) return;
      done = true;
      expect(await slow.nb(verb)).toMatchObject({ code: 0 });
    },
  });
  expect(seen.stderr).toMatch(words);
  expect(seen.code).toBe(6);
});

const stopping = ['x is still stopping.', 'nubes-nb wait x --for stopped'] as const;
const restarting = ['x is still restarting.', 'nubes-nb wait x'] as const;

test.each([
  ['stop x', 'html-503', 9, /Nova failed \(503\): No server is available/, stopping, ''],
  ['restart x', 'html-503', 9, /Nova failed \(503\): No server is available/, restarting, ''],
  ['stop x', 'forbidden', 5, /does not allow this: .*os_compute_api:servers:show/, stopping, ''],
  ['restart x', 'unauthorized', 4, /accept the login/, restarting, 'nubes-nb login, then '],
] as const)(
  '%s says what continues and how to resume after a fault meanwhile: %s',
  async (words, fault, exit, why, [message, hint], login) => {
    addNotebook(bench, 'x');
    const one = { service: 'Nova', method: 'GET', path: /\/servers\/[0-9a-f-]{36}$/ } as const;
    bench.sandbox.cloud.faults.next(one, fault, { times: Number.POSITIVE_INFINITY });
    const { code, stderr } = await bench.nb(words);
    expect(stderr).toMatch(why);
    expect(stderr).toContain(` Stopped waiting; ${message}\nhint: ${login}${hint}\n`);
    expect(code).toBe(exit);
  },
);

test('logs of a console that the policy does not permit exits 5, names the policy and the way over ssh', async () => {
  addNotebook(bench, 'x');
  const action = { service: 'Nova', method: 'POST', path: /\/action$/ } as const;
  bench.sandbox.cloud.faults.next(action, 'forbidden');
  const { code, stderr } = await bench.nb('logs x');
  expect(stderr).toContain(
    "Nova does not let you read the console of x: Policy doesn't allow os_compute_api:os-console-output to be performed.",
  );
  expect(stderr).toContain('hint: nubes-nb logs x --source cloud-init');
  expect(code).toBe(5);
});

test('create whose login ends while it waits says that the VM is being created', async () => {
  const action = { service: 'Nova', method: 'POST', path: /\/action$/ } as const;
  bench.sandbox.cloud.faults.next(action, 'unauthorized', { times: Number.POSITIVE_INFINITY });
  const { code, stderr } = await bench.nb('create x');
  expect(stderr).toContain('Stopped waiting; x is still being created.');
  expect(stderr).toContain('hint: nubes-nb login, then nubes-nb wait x (or nubes-nb delete x)');
  expect(code).toBe(4);
});

test.each(['wait gone --for deleted', 'show x', 'ls'])(
  'a missing list of servers is a failure of Nova, not a missing notebook: %s',
  async (words) => {
    const list = { service: 'Nova', method: 'GET', path: /\/servers\/detail$/ } as const;
    bench.sandbox.cloud.faults.next(list, 'not-found');
    const { code, stderr } = await bench.nb(words);
    expect(stderr).toContain('error: Nova has nothing at the address of its API (404).');
    expect(code).toBe(9);
  },
);

test('create does not fail with a console that Nova cannot read', async () => {
  const action = { service: 'Nova', method: 'POST', path: /\/action$/ } as const;
  const times = Number.POSITIVE_INFINITY;
  bench.sandbox.cloud.faults.next(action, 'internal-error', { times });
  const { code, stderr } = await bench.nb('create x');
  expect(stderr).toContain('warning: the console of x cannot be read (Nova failed (500): ');
  expect(code).toBe(0);
});

test('url of a stopped notebook warns and names start', async () => {
  await bench.nb('create x');
  expect((await bench.nb('url x')).stderr).not.toContain('warning');
  await bench.nb('stop x');
  for (const words of ['url x', 'url x --no-token', 'url x --json']) {
    const { code, stderr } = await bench.nb(words);
    expect(stderr).toContain(
      'warning: x is stopped, so nothing answers at its URL: nubes-nb start x.',
    );
    expect(code).toBe(0);
  }
});

test('create of a name that an interrupted create is making names wait and --if-exists', async () => {
  await bench.nb('create x --no-wait');
  const { code, stderr } = await bench.nb('create x');
  expect(stderr).toContain('hint: nubes-nb wait x, or the same command with --if-exists start');
  expect(code).toBe(6);
});
