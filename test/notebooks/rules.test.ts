import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Action, allowedChange, decide } from '../../src/notebooks/rules.ts';
import type { Server } from '../../src/openstack/compute/servers.ts';
import { itemsIn } from '../support/items.ts';
import { serverWith } from '../support/server.ts';
import { addNotebook, type Workbench, workbench } from '../support/workbench.ts';

const states: Readonly<Record<string, Partial<Server> | undefined>> = {
  creating: { status: 'BUILD', taskState: 'spawning' },
  starting: { status: 'SHUTOFF', taskState: 'powering-on' },
  running: {},
  stopping: { status: 'ACTIVE', taskState: 'powering-off' },
  stopped: { status: 'SHUTOFF' },
  released: { status: 'SHELVED_OFFLOADED' },
  deleting: { status: 'ACTIVE', taskState: 'deleting' },
  error: {
    status: 'ERROR',
    fault: { code: 500, message: 'No valid host was found.', created: null },
  },
  unknown: { status: 'UNKNOWN' },
  missing: undefined,
};

const create = {
  verb: 'create',
  ifExists: 'skip',
  until: 'ready',
  awaited: new Set<string>(),
} as const;
const awaited = new Set(['request-a']);

const actions: Readonly<Record<string, Action>> = {
  create: { ...create, ifExists: 'fail' },
  'create skip': create,
  'create skip, awaited': { ...create, awaited },
  'create skip, awaited, running': { ...create, awaited, until: 'running' },
  'create skip, --no-wait': { ...create, awaited, until: 'accepted' },
  'create start': { ...create, ifExists: 'start' },
  'create start, --no-wait': { ...create, ifExists: 'start', until: 'accepted' },
  start: { verb: 'start' },
  stop: { verb: 'stop' },
  restart: { verb: 'restart', hard: false },
  'restart hard': { verb: 'restart', hard: true },
  'restart jupyter': { verb: 'restart', hard: false, jupyter: { asks: false } },
  certify: { verb: 'certify' },
  delete: { verb: 'delete', ifMissing: 'fail' },
  'delete if-missing ok': { verb: 'delete', ifMissing: 'ok' },
  'wait ready': { verb: 'wait', state: 'ready' },
  'wait running': { verb: 'wait', state: 'running' },
  'wait stopped': { verb: 'wait', state: 'stopped' },
  'wait deleted': { verb: 'wait', state: 'deleted' },
  show: { verb: 'show' },
};

/** The change, or the code of the refusal: WRONG STATE, NOT ALLOWED, no capacity, and so on. */
function outcome(action: Action, server: Server | undefined): string {
  const { change, error } = decide(action, 'a', server);
  return change === 'refused' ? error.code : change;
}

/** Columns are states. `=` is no change, `!` WRONG_STATE, `?` NOT_FOUND; others are written out. */
const rows = `
                              creating starting running  stopping stopped  released deleting error       unknown  missing
create                        TAKEN    TAKEN    TAKEN    TAKEN    TAKEN    TAKEN    TAKEN    TAKEN       TAKEN    create
create skip                   wait     wait     =        =        =        =        !        !           =        create
create skip, awaited          wait     wait     wait     =        =        =        !        !           =        create
create skip, awaited, running wait     wait     =        =        =        =        !        !           =        create
create skip, --no-wait        =        =        =        =        =        =        !        !           =        create
create start                  wait     wait     =        start    start    start    !        !           !        create
create start, --no-wait       wait     wait     =        start    start    start    !        !           !        create
start                         wait     wait     =        start    start    start    !        !           !        ?
stop                          !        stop     stop     stop     =        =        !        stop        stop     ?
restart                       !        !        restart  !        !        !        !        !           !        ?
restart hard                  !        !        restart  !        !        !        !        restart     !        ?
restart jupyter               !        !        restart  !        !        !        !        !           !        ?
certify                       !        !        certify  !        !        !        !        !           !        ?
delete                        delete   delete   delete   delete   delete   delete   delete   delete      delete   ?
delete if-missing ok          delete   delete   delete   delete   delete   delete   delete   delete      delete   =
wait ready                    wait     wait     wait     wait     wait     wait     wait     NO_CAPACITY wait     ?
wait running                  wait     wait     =        wait     wait     wait     wait     NO_CAPACITY wait     ?
wait stopped                  wait     wait     wait     wait     =        =        wait     wait        wait     ?
wait deleted                  wait     wait     wait     wait     wait     wait     wait     wait        wait     =
show                          =        =        =        =        =        =        =        =           =        ?
`;
const signs: Readonly<Record<string, string>> = {
  ...{ '=': 'same', '!': 'WRONG_STATE', '?': 'NOT_FOUND', TAKEN: 'NAME_TAKEN' },
};

describe('decide', () => {
  const [header = '', ...lines] = rows.split('\n').filter((line) => line !== '');
  const columns = header.trim().split(/ +/);
  const cases = lines.flatMap((line) => {
    const action = line.slice(0, 30).trim();
    const cells = line.slice(30).trim().split(/ +/);
    return cells.map((cell, at) => [action, columns[at] ?? '', signs[cell] ?? cell] as const);
  });

  test('has a row for every action and a column for every state', () => {
    expect(columns).toEqual(Object.keys(states));
    expect(cases).toHaveLength(Object.keys(actions).length * columns.length);
  });

  test.each(cases)('%s of a notebook that is %s: %s', (name, state, expected) => {
    const action = actions[name];
    const facts = states[state];
    if (action === undefined) throw new Error(`no action ${name}`);
    const metadata = name === 'certify' ? { 'nubes-nb:access': 'direct' } : {};
    const server = facts === undefined ? undefined : serverWith({ ...facts, metadata });
    expect(outcome(action, server)).toBe(expected);
  });

  test.each`
    action                    | state         | expected
    ${'start'}                | ${'stopped'}  | ${'NOT_ALLOWED'}
    ${'start'}                | ${'running'}  | ${'same'}
    ${'stop'}                 | ${'running'}  | ${'NOT_ALLOWED'}
    ${'stop'}                 | ${'stopped'}  | ${'same'}
    ${'restart'}              | ${'running'}  | ${'NOT_ALLOWED'}
    ${'restart hard'}         | ${'error'}    | ${'NOT_ALLOWED'}
    ${'restart'}              | ${'stopped'}  | ${'WRONG_STATE'}
    ${'restart jupyter'}      | ${'running'}  | ${'restart'}
    ${'delete'}               | ${'running'}  | ${'NOT_ALLOWED'}
    ${'delete if-missing ok'} | ${'running'}  | ${'NOT_ALLOWED'}
    ${'start'}                | ${'released'} | ${'NOT_ALLOWED'}
    ${'create start'}         | ${'stopped'}  | ${'NOT_ALLOWED'}
    ${'create skip'}          | ${'stopped'}  | ${'same'}
    ${'wait ready'}           | ${'running'}  | ${'wait'}
    ${'show'}                 | ${'running'}  | ${'same'}
  `('$action of a locked notebook that is $state: $expected', ({ action, state, expected }) => {
    const wanted = actions[action as string] ?? create;
    const server = serverWith({ ...states[state as string], locked: true });
    expect(outcome(wanted, server)).toBe(expected);
  });

  test('certify of a notebook behind a tunnel: WRONG_STATE', () => {
    expect(outcome({ verb: 'certify' }, serverWith())).toBe('WRONG_STATE');
  });

  test('wait of a notebook in error for another reason than capacity: BUILD_FAILED', () => {
    const fault = { code: 500, message: 'Disk full', created: null };
    const server = serverWith({ status: 'ERROR', fault });
    expect(outcome({ verb: 'wait', state: 'ready' }, server)).toBe('BUILD_FAILED');
  });
});

describe('the sentence of a refusal', () => {
  test.each([
    ['create', 'running', 'a exists already (running).'],
    ['create skip', 'deleting', 'a is being deleted.'],
    ['start', 'error', 'a cannot be started: it is in the state error.'],
    ['stop', 'creating', 'a cannot be stopped: it is in the state creating.'],
    ['restart', 'stopped', 'a cannot be restarted: it is stopped.'],
    ['restart', 'released', 'a cannot be restarted: it is released.'],
    ['restart', 'creating', 'a cannot be restarted: it is in the state creating.'],
    ['restart jupyter', 'stopped', 'a cannot be reached: it is stopped.'],
    ['stop', 'missing', 'You have no notebook named a.'],
  ])('names the notebook and its state: %s, %s', (action, state, message) => {
    const facts = states[state];
    const server = facts === undefined ? undefined : serverWith(facts);
    expect(decide(actions[action] ?? create, 'a', server).error?.message).toBe(message);
  });

  test('is thrown by allowedChange', () => {
    const locked = serverWith({ locked: true });
    expect(() => allowedChange({ verb: 'stop' }, 'a', locked)).toThrow(
      'a is protected: its VM is locked in Nova.',
    );
  });
});

async function loggedIn(): Promise<Workbench> {
  const bench = await workbench({ ldap: false });
  onTestFinished(() => bench.close());
  await bench.login();
  return bench;
}

test.each<[string, Parameters<typeof addNotebook>[2]]>([
  ['restart a', { status: 'SHUTOFF' }],
  ['restart a', { status: 'SHELVED_OFFLOADED' }],
  ['delete --yes a', { locked: true }],
  ['create a', {}],
  ['wait a', { status: 'ERROR' }],
])('%s: the plan shows the error with which the run fails', async (words, server) => {
  const bench = await loggedIn();
  addNotebook(bench, 'a', server);
  const [planned] = itemsIn(await bench.nb(`${words} --dry-run --json`));
  const [done] = itemsIn(await bench.nb(`${words} -o ndjson`));
  expect(planned).toMatchObject({ change: 'refused', error: { message: expect.any(String) } });
  expect(done).toMatchObject({ result: 'failed' });
  expect(done?.error).toEqual(planned?.error);
});

test.each<[string, Parameters<typeof addNotebook>[2], string, string, number]>([
  ['start a --wait running', { status: 'SHUTOFF' }, 'start', 'started', 1],
  ['start a --wait running', { status: 'SHELVED_OFFLOADED' }, 'start', 'started', 1],
  [
    'create a --if-exists start --wait running',
    { status: 'SHELVED_OFFLOADED' },
    'start',
    'started',
    1,
  ],
  ['start a --wait running', {}, 'same', 'exists', 0],
  ['stop a', {}, 'stop', 'stopped', 1],
  ['stop a', { status: 'SHUTOFF' }, 'same', 'stopped', 0],
  ['stop a', { status: 'SHELVED_OFFLOADED' }, 'same', 'stopped', 0],
  ['wait a --for stopped', { status: 'SHELVED_OFFLOADED' }, 'same', 'stopped', 0],
])(
  '%s of %o: the plan says %s, the result is %s, and Nova gets %i actions',
  async (words, server, change, result, count) => {
    const bench = await loggedIn();
    addNotebook(bench, 'a', server);
    const [planned] = itemsIn(await bench.nb(`${words} --dry-run --json`));
    const [done] = itemsIn(await bench.nb(`${words} -o ndjson`));
    expect(planned).toMatchObject({ change, error: null });
    expect(done).toMatchObject({ result, error: null });
    // Nova answers 202 to an action, and 200 to a request for the console.
    const isAction = ({ path, status }: { readonly path: string; readonly status: number }) =>
      path.endsWith('/action') && status === 202;
    expect(bench.sandbox.cloud.requests.filter(isAction)).toHaveLength(count);
  },
);

test('start of a notebook that is being built waits until it is ready', async () => {
  const bench = await loggedIn();
  await bench.nb('create a --no-wait');
  const [planned] = itemsIn(await bench.nb('start a --dry-run --json'));
  const [done] = itemsIn(await bench.nb('start a -o ndjson'));
  expect(planned?.change).toBe('wait');
  expect(done).toMatchObject({ result: 'exists', status: 'ready' });
});

test('a name that two VMs have is refused by the plan and by the run alike', async () => {
  const bench = await loggedIn();
  addNotebook(bench, 'a');
  addNotebook(bench, 'a');
  const [planned] = itemsIn(await bench.nb('stop a --dry-run --json'));
  const [done] = itemsIn(await bench.nb('stop a -o ndjson'));
  expect(planned?.error?.message).toBe('2 of your VMs are named a.');
  expect(done?.error).toEqual(planned?.error);
});

test('apply shows in its plan what it cannot start, and fails with the same errors', async () => {
  const bench = await loggedIn();
  addNotebook(bench, 'a', { status: 'ERROR' });
  addNotebook(bench, 'b', { status: 'SHUTOFF', locked: true });
  writeFileSync(join(bench.home, 'm.yaml'), 'notebooks: [{names: [a, b]}]');
  const planned = itemsIn(await bench.nb('apply -f m.yaml --dry-run --json'));
  expect(planned.map(({ change }) => change)).toEqual(['refused', 'refused']);
  const { code, stdout, stderr } = await bench.nb('apply -f m.yaml --json');
  expect(stderr).toContain('Plan: 2 to be refused.');
  const done = itemsIn({ stdout });
  expect(done.map(({ error }) => error)).toEqual(planned.map(({ error }) => error));
  expect(code).toBe(10);
});
