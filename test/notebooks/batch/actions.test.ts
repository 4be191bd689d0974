import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { countsOf, itemsIn } from '../../support/items.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
await bench.nb('create a b c -q');

const status = (name: string) =>
  [...bench.sandbox.cloud.servers.values()].find((server) => server.name === `nb-alice-${name}`)
    ?.status;

test('stop, wait, start, restart, show and delete print a line per notebook', async () => {
  const results = async (words: string) =>
    itemsIn(await bench.nb(`${words} --json`))
      .map(({ name, result, status: state }) => `${name} ${result} ${state}`)
      .sort();
  expect(await results('stop a b')).toEqual(['a stopped stopped', 'b stopped stopped']);
  expect(await results('wait a b --for stopped')).toEqual([
    'a stopped stopped',
    'b stopped stopped',
  ]);
  expect(await results('start a b c')).toEqual([
    'a started ready',
    'b started ready',
    'c exists ready',
  ]);
  expect(await results('restart a b')).toEqual(['a started ready', 'b started ready']);
  expect(await results('wait a b c')).toEqual([
    'a exists ready',
    'b exists ready',
    'c exists ready',
  ]);
  expect(await results('show a b')).toEqual(['a exists running', 'b exists running']);
  expect(await results('delete a b --yes')).toEqual(['a deleted deleting', 'b deleted deleting']);
  expect((await bench.nb('ls -q')).stdout).toBe('c\n');
});

test('start and restart of several print the URL of each, on a terminal one that lets in', async () => {
  const piped = await bench.nb('restart a b');
  expect(piped.stdout).toMatch(/^[ab] is ready: http:\/\/127\.0\.0\.1:\d+\/lab \(/m);
  await bench.nb('stop a b -q');
  const { stdout } = await bench.nb('start a b', { terminal: 100 });
  const lines = stripVTControlCharacters(stdout).match(/is ready: http:\S+\/lab\?token=\w{32}/g);
  expect(lines).toHaveLength(2);
  const other = bench.secondComputer();
  await other.login('alice');
  const seen = await other.nb('start a b', { terminal: 100 });
  expect(stripVTControlCharacters(seen.stdout)).toContain(
    'a is ready: nubes-nb url a prints one with a token',
  );
});

test('stop exits 10 if one of the notebooks does not exist, and 3 if none exists', async () => {
  const seen = await bench.nb('stop a nothing --json');
  expect(countsOf(itemsIn(seen))).toEqual({ stopped: 1, failed: 1 });
  expect(seen.code).toBe(10);
  expect((await bench.nb('stop nothing naught')).code).toBe(3);
});

test('delete refuses the UUID of another user’s VM and deletes the others', async () => {
  const bob = bench.secondComputer();
  await bob.login('bob');
  const { id } = JSON.parse((await bob.nb('create theirs --json')).stdout);
  const items = itemsIn(await bench.nb(`delete a ${id} --yes --json`));
  expect(items.find(({ name }) => name === id)).toMatchObject({
    result: 'failed',
    error: { code: 'NOT_ALLOWED', exit: 5 },
  });
  expect(bench.sandbox.cloud.servers.get(id)?.status).toBe('ACTIVE');
});

test('--if-missing ok makes a rerun of delete succeed', async () => {
  expect((await bench.nb('delete a b --yes -q')).code).toBe(0);
  const again = await bench.nb('delete a b c --yes --if-missing ok --json');
  expect(countsOf(itemsIn(again))).toEqual({ deleted: 3 });
  expect(again.code).toBe(0);
});

test.each([
  ['if all steps fail', 'stop a b', 1],
  ['if another step fails too', 'stop a zz', 10],
])('--debug prints the stack of a bug in a step %s', async (_what, words, exit) => {
  const onSleep = () => {
    throw new TypeError('deep inside');
  };
  const sanitize = await bench.nb(words, { onSleep });
  expect(sanitize.stderr).not.toContain('deep inside');
  await bench.nb('start a b -q');
  const { code, stderr } = await bench.nb(`${words} --debug`, { onSleep });
  expect(stderr).toMatch(/TypeError: deep inside\n.*onSleep/);
  expect(code).toBe(exit);
});

test.each([
  ['stop', /\d stopping\b.* in /],
  ['start', /\d starting\b.* in /],
  ['delete', /2 deleting in /],
])('%s --no-wait of several does not say that it is done', async (verb, summary) => {
  await bench.nb('create c d --wait running');
  if (verb === 'start') await bench.nb('stop c d');
  const { code, stderr } = await bench.nb(`${verb} c d --no-wait --yes`);
  expect(stderr).toMatch(summary);
  expect(code).toBe(0);
});

test('delete of missing notebooks asks for no confirmation', async () => {
  const fine = await bench.nb('delete zz yy --if-missing ok');
  expect(fine).toMatchObject({ code: 0, stderr: expect.stringMatching(/^2 deleted in /) });
  expect(fine.stdout).toMatch(/^(zz|yy) was not there/);
  const missing = await bench.nb('delete zz yy');
  expect(missing.stderr).toContain('0 of 2 done: you have no notebook named zz.');
  expect(missing.code).toBe(3);
});

test('delete asks for confirmation of the existing notebooks only', async () => {
  const seen = await bench.nb('delete a zz --if-missing ok', {
    terminal: 100,
    answers: [['Delete this 1 notebook?', 'y\r']],
  });
  expect(seen.stderr).not.toContain('zz  ');
  expect(seen.code).toBe(0);
  expect(status('a')).toBe('DELETED');
});

/** Another process deletes b while the command is busy with a. */
const whileDeleted = (words: string) => {
  let isDeleted = false;
  return bench.nb(`${words} --concurrency 1 --json`, {
    onSleep: async () => {
      if (isDeleted) return;
      isDeleted = true;
      await bench.nb('delete b --yes --no-wait');
      bench.pass(6_000);
    },
  });
};

test.each([
  ['delete --all --yes', 0, 'deleted', null],
  ['delete a b c --yes', 0, 'deleted', null],
  ['stop --all --yes', 0, 'deleted', null],
  ['stop a b c', 10, 'failed', 'CONFLICT'],
  ['restart a b c', 10, 'failed', 'CONFLICT'],
  ['restart --all --yes', 10, 'failed', 'CONFLICT'],
  ['wait a b c --for stopped --timeout 3s', 10, 'failed', 'CONFLICT'],
])(
  '%s, while another command deletes one, exits %i: it is %s',
  async (words, code, result, error) => {
    const seen = await whileDeleted(words);
    const gone = itemsIn(seen).find(({ name }) => name === 'b');
    expect(gone).toMatchObject({ result, error: error === null ? null : { code: error } });
    if (error !== null) expect(gone?.error?.message).toContain('was deleted by another command');
    expect(seen.code).toBe(code);
  },
);

test.each([
  ['stop --all --yes', 'os-stop', 0, 'deleted', null],
  ['stop a b c', 'os-stop', 10, 'failed', 'CONFLICT'],
  ['restart --all --yes', 'reboot', 10, 'failed', 'CONFLICT'],
])(
  '%s, one of which is deleted just before %s is sent, exits %i: it is %s',
  async (words, action, code, result, error) => {
    bench.sandbox.cloud.faults.next({ service: 'Nova', method: 'POST', action }, 'not-found');
    const seen = await bench.nb(`${words} --json`);
    const gone = itemsIn(seen).find((item) => item.result === result);
    expect(gone?.error?.code ?? null).toBe(error);
    expect(seen.code).toBe(code);
  },
);

test('delete of one notebook that is gone by the time it is confirmed is done', async () => {
  const one = { service: 'Nova', method: 'GET', path: /\/servers\/[0-9a-f-]{36}$/ } as const;
  bench.sandbox.cloud.faults.next(one, 'not-found');
  const { code, stdout } = await bench.nb('delete b --yes');
  expect([code, stdout]).toEqual([0, 'b is deleted.\n']);
});

test('delete keeps a notebook that was created after the confirmation', async () => {
  let isMade = false;
  const seen = await bench.nb('delete a zz --if-missing ok --concurrency 1', {
    terminal: 100,
    answers: [['Delete this 1 notebook?', 'y\r']],
    onSleep: () => {
      if (!isMade) addNotebook(bench, 'zz');
      isMade = true;
    },
  });
  expect(seen.stdout).toContain(': zz was created after this command began');
  expect(seen.code).toBe(10);
  expect(status('zz')).toBe('ACTIVE');
});

test('delete of several notebooks asks once on a terminal', async () => {
  const seen = await bench.nb('delete a b', {
    terminal: 80,
    answers: [['Delete these 2 notebooks?', 'y\r']],
  });
  expect(seen.stderr).toContain('This destroys the notebooks and their disks. There is no undo.');
  expect(seen.code).toBe(0);
  expect(status('a')).toBe('DELETED');
  expect(status('c')).toBe('ACTIVE');
});

test('delete changes nothing and exits 130 if the answer is no', async () => {
  const seen = await bench.nb('delete a b', {
    terminal: 80,
    answers: [['Delete these 2 notebooks?', 'n\r']],
  });
  expect(seen.stderr).toContain('Cancelled; nothing was done.');
  expect(seen.code).toBe(130);
  expect(status('a')).toBe('ACTIVE');
});

test('delete of several notebooks polls with one list, and reads each deleted VM once', async () => {
  const before = bench.sandbox.cloud.requests.length;
  await bench.nb('delete a b c --yes -q');
  const asked = bench.sandbox.cloud.requests.slice(before);
  const shows = asked.filter(
    ({ method, path }) => method === 'GET' && /servers\/[0-9a-f-]{36}$/.test(path),
  );
  // One to find each, one to verify that it is gone, and a single waiting step polls its VM directly.
  expect(shows.length).toBeLessThanOrEqual(8);
  const lists = asked.filter(({ path }) => path.endsWith('/servers/detail'));
  expect(lists.length).toBeLessThanOrEqual(7);
});
