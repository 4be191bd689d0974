import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { array, looseObject, parse, string } from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countsOf, type ItemLine, itemsIn } from '../support/items.ts';
import { type Access, accessOf, call, sweep } from './support/api.ts';
import { lab } from './support/lab.ts';
import { type Asker, asAdmin, asUser, openstack } from './support/openstack-client.ts';
import { eventually } from './support/real-vm.ts';
import { commandLine, type Ended, type Person, personCalled } from './support/test-user.ts';

const limits = { NUBES_NB_LIMITS_PER_USER: '20' };

describe('twelve notebooks from a shell line', () => {
  const asker = asUser('bob');
  const names = Array.from({ length: 12 }, (_, at) => `train-${String(at + 1).padStart(2, '0')}`);
  const label = ['--label', 'course=lpd'];
  const together = ['--concurrency', '12'];
  const creating = ['create', '--from', '-', ...label, ...together, '--wait', 'running'];
  let bob: Person;

  /** As a shell runs it: what `seq` writes goes into the program. */
  const create = (...more: readonly string[]): Promise<Ended> =>
    bob.runWith(
      limits,
      [...creating, '--if-exists', 'skip', ...more],
      names.map((name) => `${name}\n`).join(''),
    );

  beforeAll(async () => {
    await sweep(asker);
    // While it builds so many at once, Nova counts some of them twice.
    await quota({ instances: 40, cores: 80 });
    bob = await personCalled('bob');
    await login(bob);
  });

  afterAll(async () => {
    await sweep(asker);
    await quota({ instances: 10, cores: 20 });
    await bob.run(['logout']);
    await bob.leave();
  });

  it('killed in the middle, the same command makes each once', async () => {
    const [node, ...words] = commandLine([...creating, '-q']);
    const environment = { ...bob.environment, ...limits };
    const child = spawn(node, words, { cwd: bob.home, env: environment, stdio: 'pipe' });
    child.stdin.end(names.join('\n'));
    await pause(3_000);
    child.kill('SIGKILL');
    const ended = await create('-o', 'ndjson');
    expect(ended.code, ended.stderr).toBe(0);
    const items = itemsIn(ended);
    expect(items.map(({ name }) => name).sort()).toEqual(names);
    // Nova lists a twin that gave way until its deletion has ended.
    await expect.poll(seenOutside, { timeout: 60_000, interval: 500 }).toEqual(namedIn(items));
  });

  it('a rerun finds them all there, and makes none', async () => {
    const before = await seenOutside();
    const ended = await create('-o', 'ndjson');
    expect(countsOf(itemsIn(ended))).toEqual({ exists: 12 });
    expect(ended.code).toBe(0);
    expect(await seenOutside()).toEqual(before);
  });

  it('they stop and start together, and Nova says so', async () => {
    const all = ['--all', '--yes', ...together, '-o', 'ndjson'];
    const stopped = await bob.runWith(limits, ['stop', ...all]);
    expect(countsOf(itemsIn(stopped)), stopped.stderr).toEqual({ stopped: 12 });
    expect(await statusesOutside()).toEqual(['SHUTOFF']);
    const started = await bob.runWith(limits, ['start', '--wait', 'running', ...all]);
    expect(countsOf(itemsIn(started)), started.stderr).toEqual({ started: 12 });
    expect(await statusesOutside()).toEqual(['ACTIVE']);
  });

  it('delete of the label leaves none', async () => {
    const ended = await bob.run(['delete', ...label, '--yes', '-o', 'ndjson']);
    expect(countsOf(itemsIn(ended)), ended.stderr).toEqual({ deleted: 12 });
    expect(await seenOutside()).toEqual([]);
    const again = await bob.run(['delete', ...names, '--yes', '--if-missing', 'ok', '-q']);
    expect(again.code).toBe(0);
  });

  async function listed() {
    return (await serversOf(asker)).filter(({ Name }) => Name.startsWith('nb-bob-'));
  }

  async function seenOutside(): Promise<string[]> {
    return (await listed()).map(({ ID, Name }) => `${Name} ${ID}`).sort();
  }

  async function statusesOutside(): Promise<string[]> {
    return [...new Set((await listed()).map(({ Status }) => Status))];
  }
});

describe('where the quota allows one server', () => {
  const asker = asUser('quinn', lab('LAB_PROJECT_SMALL'));
  const small = lab('LAB_PROJECT_SMALL_ID');
  let quinn: Person;

  beforeAll(async () => {
    await sweep(asker);
    quinn = await personCalled('quinn', {
      settings: { openstack: { project: lab('LAB_PROJECT_SMALL') } },
    });
    await login(quinn);
  });

  afterAll(async () => {
    await quota({ instances: 1 }, small);
    await sweep(asker);
    await quinn.run(['logout']);
    await quinn.leave();
  });

  it('three are refused before the first is made', async () => {
    const ended = await quinn.run(['create', 'a', 'b', 'c', '--wait', 'running']);
    expect(ended.stderr).toContain('1 fits');
    expect(ended.code).toBe(7);
    expect(await openstack(asker, 'server', 'list', '-f', 'json')).toEqual([]);
  });

  it('--fit makes the one and skips the others', async () => {
    const words = ['create', 'a', 'b', 'c', '--fit', '--wait', 'running', '-o', 'ndjson'];
    const ended = await quinn.run(words);
    expect(countsOf(itemsIn(ended)), ended.stderr).toEqual({ created: 1, skipped: 2 });
    expect(ended.code).toBe(10);
    await sweep(asker);
    await login(quinn);
  });

  it('one that shrinks in the middle refuses the next, and a rerun makes it once there is room', async () => {
    await quota({ instances: 2 }, small);
    const words = ['create', 'a', 'b', '--concurrency', '1', '--wait', 'running', '-o', 'ndjson'];
    const [access, admin] = await Promise.all([accessOf(asker), accessOf(asAdmin())]);
    const creation = quinn.run(words);
    await eventually(30_000, async () => {
      const reply = await call(access, 'GET', `${lab('LAB_COMPUTE_URL')}/servers`);
      return /nb-quinn-a/.test(JSON.stringify(reply));
    });
    await quota({ instances: 1 }, small, admin);
    const ended = await creation;
    expect(itemsIn(ended).map(({ name, result, error }) => [name, result, error?.code])).toEqual([
      ['a', 'created', undefined],
      ['b', 'failed', 'QUOTA_EXCEEDED'],
    ]);
    expect(ended.code, ended.stderr).toBe(10);
    await quota({ instances: 2 }, small);
    const again = await quinn.run([...words, '--if-exists', 'skip']);
    expect(itemsIn(again).map(({ name, result }) => [name, result])).toEqual([
      ['a', 'exists'],
      ['b', 'created'],
    ]);
    const deleted = await quinn.run(['delete', '--all', '--yes', '-o', 'ndjson']);
    expect(countsOf(itemsIn(deleted)), deleted.stderr).toEqual({ deleted: 2 });
    expect(await serversOf(asker)).toEqual([]);
  });
});

/** Where the session is kept is not what is proved here. */
async function login({ name, password, runWith }: Person): Promise<void> {
  const words = ['login', '-u', name, '--password-stdin'];
  const ended = await runWith({ NUBES_NB_SESSION_STORE: 'file' }, words, password);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
}

async function quota(
  limits: Readonly<Record<string, number>>,
  project = lab('LAB_PROJECT_ID'),
  admin?: Access,
): Promise<void> {
  const url = `${lab('LAB_COMPUTE_URL')}/os-quota-sets/${project}`;
  await call(admin ?? (await accessOf(asAdmin())), 'PUT', url, { quota_set: limits });
}

async function serversOf(asker: Asker) {
  return parse(serversReply, await openstack(asker, 'server', 'list', '-f', 'json'));
}

function namedIn(items: readonly ItemLine[]): string[] {
  return items.map(({ name, id }) => `nb-bob-${name} ${id}`).sort();
}

const serversReply = array(looseObject({ ID: string(), Name: string(), Status: string() }));
