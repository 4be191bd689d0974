import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { array, looseObject, parse, string } from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countsOf, type ItemLine, itemsIn } from '../support/items.ts';
import { authenticate, call, deleteOwnResources, setQuota } from './support/api.ts';
import { lab } from './support/lab.ts';
import { asAdmin, asUser, type Identity, openstack } from './support/openstack-client.ts';
import { waitUntil } from './support/real-vm.ts';
import {
  type CommandResult,
  commandLine,
  createTestUser,
  type TestUser,
} from './support/test-user.ts';

const limits = { NUBES_NB_LIMITS_PER_USER: '20' };

describe('twelve notebooks created from stdin', () => {
  const identity = asUser('bob');
  const names = Array.from({ length: 12 }, (_, at) => `train-${String(at + 1).padStart(2, '0')}`);
  const label = ['--label', 'course=lpd'];
  // At twelve, with twelve of the killed command, a slow lab takes longer than create searches for a lost answer.
  const concurrencyFlags = ['--concurrency', '6'];
  const createArgs = ['create', '--from', '-', ...label, ...concurrencyFlags, '--wait', 'running'];
  let bob: TestUser;

  /** As in a shell pipeline: the names are on stdin. */
  const create = (...more: readonly string[]): Promise<CommandResult> =>
    bob.runWith(
      limits,
      [...createArgs, '--if-exists', 'skip', ...more],
      names.map((name) => `${name}\n`).join(''),
    );

  beforeAll(async () => {
    await deleteOwnResources(identity);
    // While many servers build at once, Nova counts some of them twice.
    await setQuota({ instances: 40, cores: 80 });
    bob = await createTestUser('bob');
    await login(bob);
  });

  afterAll(async () => {
    await deleteOwnResources(identity);
    await setQuota({ instances: 10, cores: 20 });
    await bob.run(['logout']);
    await bob.cleanUp();
  });

  it('create, killed halfway and run again, makes each notebook once', async () => {
    const [node, ...args] = commandLine([...createArgs, '-q']);
    const environment = { ...bob.environment, ...limits };
    const child = spawn(node, args, { cwd: bob.home, env: environment, stdio: 'pipe' });
    child.stdin.end(names.join('\n'));
    await pause(3_000);
    child.kill('SIGKILL');
    const outcome = await create('-o', 'ndjson');
    expect(outcome.code, outcome.stderr).toBe(0);
    const items = itemsIn(outcome);
    expect(items.map(({ name }) => name).sort()).toEqual(names);
    // Nova lists a removed duplicate until its deletion has completed.
    await expect
      .poll(serversInNova, { timeout: 60_000, interval: 500 })
      .toEqual(serverNamesOf(items));
  });

  it('create --if-exists skip, run again, makes no notebook', async () => {
    const before = await serversInNova();
    const outcome = await create('-o', 'ndjson');
    expect(countsOf(itemsIn(outcome))).toEqual({ exists: 12 });
    expect(outcome.code).toBe(0);
    expect(await serversInNova()).toEqual(before);
  });

  it('stop --all and start --all change the status of all servers in Nova', async () => {
    const all = ['--all', '--yes', ...concurrencyFlags, '-o', 'ndjson'];
    const stopped = await bob.runWith(limits, ['stop', ...all]);
    expect(countsOf(itemsIn(stopped)), stopped.stderr).toEqual({ stopped: 12 });
    expect(await statusesInNova()).toEqual(['SHUTOFF']);
    const started = await bob.runWith(limits, ['start', '--wait', 'running', ...all]);
    expect(countsOf(itemsIn(started)), started.stderr).toEqual({ started: 12 });
    expect(await statusesInNova()).toEqual(['ACTIVE']);
  });

  it('delete --label deletes all notebooks with the label', async () => {
    const outcome = await bob.run(['delete', ...label, '--yes', '-o', 'ndjson']);
    expect(countsOf(itemsIn(outcome)), outcome.stderr + outcome.stdout).toEqual({ deleted: 12 });
    expect(await serversInNova()).toEqual([]);
    const again = await bob.run(['delete', ...names, '--yes', '--if-missing', 'ok', '-q']);
    expect(again.code).toBe(0);
  });

  async function listed() {
    return (await serversOf(identity)).filter(({ Name }) => Name.startsWith('nb-bob-'));
  }

  async function serversInNova(): Promise<string[]> {
    return (await listed()).map(({ ID, Name }) => `${Name} ${ID}`).sort();
  }

  async function statusesInNova(): Promise<string[]> {
    return [...new Set((await listed()).map(({ Status }) => Status))];
  }
});

describe('a project with a quota of one server', () => {
  const identity = asUser('quinn', lab('LAB_PROJECT_SMALL'));
  const small = lab('LAB_PROJECT_SMALL_ID');
  let quinn: TestUser;

  beforeAll(async () => {
    await deleteOwnResources(identity);
    quinn = await createTestUser('quinn', {
      settings: { openstack: { project: lab('LAB_PROJECT_SMALL') } },
    });
    await login(quinn);
  });

  afterAll(async () => {
    await setQuota({ instances: 1 }, small);
    await deleteOwnResources(identity);
    await quinn.run(['logout']);
    await quinn.cleanUp();
  });

  it('create of three notebooks over the quota is refused before any is created', async () => {
    const outcome = await quinn.run(['create', 'a', 'b', 'c', '--wait', 'running']);
    expect(outcome.stderr).toContain('has room for 1 of 3 notebooks');
    expect(outcome.code).toBe(7);
    expect(await openstack(identity, 'server', 'list', '-f', 'json')).toEqual([]);
  });

  it('create --fit creates one notebook and skips the others', async () => {
    const args = ['create', 'a', 'b', 'c', '--fit', '--wait', 'running', '-o', 'ndjson'];
    const outcome = await quinn.run(args);
    expect(countsOf(itemsIn(outcome)), outcome.stderr).toEqual({ created: 1, skipped: 2 });
    expect(outcome.code).toBe(10);
    await deleteOwnResources(identity);
    await login(quinn);
  });

  it('create fails if the quota shrinks meanwhile, and succeeds when run again after it grows', async () => {
    await setQuota({ instances: 2 }, small);
    const args = ['create', 'a', 'b', '--concurrency', '1', '--wait', 'running', '-o', 'ndjson'];
    const [auth, admin] = await Promise.all([authenticate(identity), authenticate(asAdmin())]);
    const creation = quinn.run(args);
    await waitUntil(30_000, async () => {
      const reply = await call(auth, 'GET', `${lab('LAB_COMPUTE_URL')}/servers`);
      return /nb-quinn-a/.test(JSON.stringify(reply));
    });
    await setQuota({ instances: 1 }, small, admin);
    const outcome = await creation;
    expect(itemsIn(outcome).map(({ name, result, error }) => [name, result, error?.code])).toEqual([
      ['a', 'created', undefined],
      ['b', 'failed', 'QUOTA_EXCEEDED'],
    ]);
    expect(outcome.code, outcome.stderr).toBe(10);
    await setQuota({ instances: 2 }, small);
    const again = await quinn.run([...args, '--if-exists', 'skip']);
    expect(itemsIn(again).map(({ name, result }) => [name, result])).toEqual([
      ['a', 'exists'],
      ['b', 'created'],
    ]);
    const deleted = await quinn.run(['delete', '--all', '--yes', '-o', 'ndjson']);
    expect(countsOf(itemsIn(deleted)), deleted.stderr).toEqual({ deleted: 2 });
    expect(await serversOf(identity)).toEqual([]);
  });
});

/** Logs in with the file store; the keychain is tested elsewhere. */
async function login({ name, password, runWith }: TestUser): Promise<void> {
  const args = ['login', '-u', name, '--password-stdin'];
  const outcome = await runWith({ NUBES_NB_SESSION_STORE: 'file' }, args, password);
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
}

async function serversOf(identity: Identity) {
  return parse(serversReply, await openstack(identity, 'server', 'list', '-f', 'json'));
}

function serverNamesOf(items: readonly ItemLine[]): string[] {
  return items.map(({ name, id }) => `nb-bob-${name} ${id}`).sort();
}

const serversReply = array(looseObject({ ID: string(), Name: string(), Status: string() }));
