import { describe, expect, onTestFinished, test } from 'vitest';
import { addNotebook, sharedBench, workbench } from '../../support/workbench.ts';

const bench = await sharedBench();

const status = async (name: string) =>
  JSON.parse((await bench.nb(`show ${name} --json`)).stdout).status;

describe('stop and start', () => {
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
    expect(stderr).toContain('x is shelved. Nova does not let you unshelve a VM: your role member');
    expect(stderr).toContain(
      `hint: your cloud team can unshelve it (openstack server unshelve ${id}); or ask`,
    );
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
  [
    'stop x',
    'forbidden',
    5,
    /not let you look at a VM: .*os_compute_api:servers:show/,
    stopping,
    '',
  ],
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
    "Nova does not let you read the console of a VM: your role member is enough by default policy, but this cloud's policy for os_compute_api:os-console-output is stricter.",
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

test('create of a name that an interrupted create is making names wait and --if-exists', async () => {
  await bench.nb('create x --no-wait');
  const { code, stderr } = await bench.nb('create x');
  expect(stderr).toContain('hint: nubes-nb wait x, or the same command with --if-exists start');
  expect(code).toBe(6);
});
