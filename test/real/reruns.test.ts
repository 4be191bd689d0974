import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { array, looseObject, nullable, parse, string } from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Auth, authenticate, call, deleteOwnResources, setQuota } from './support/api.ts';
import { lab } from './support/lab.ts';
import { startLoad } from './support/load.ts';
import { asUser } from './support/openstack-client.ts';
import { type CommandResult, createTestUser, type TestUser } from './support/test-user.ts';

/** How many creates are killed, and how many at a time. */
const kills = Number(env['NUBES_TEST_KILLS'] ?? 4);
const width = Number(env['NUBES_TEST_WIDTH'] ?? 4);
/** How many loops of requests another user sends meanwhile. */
const loaders = Number(env['NUBES_TEST_LOAD'] ?? 1);
/** At most how long after the journal's `requested` the kill comes. */
const maxKillMs = Number(env['NUBES_TEST_KILL_MS'] ?? 6_000);

describe('creates that are killed and run again while another user creates and lists VMs', () => {
  const identity = asUser('bob');
  const load = asUser('carol');
  let bob: TestUser;
  let nova: Auth;
  let program = '';

  beforeAll(async () => {
    for (const each of [identity, load]) await deleteOwnResources(each);
    await setQuota({ instances: 200, cores: 2_000, ram: 999_999 });
    program = await copyOfProgram();
    bob = await createTestUser('bob');
    nova = await authenticate(identity);
    expect(await bob.login()).toMatchObject({ code: 0 });
  });

  afterAll(async () => {
    for (const each of [identity, load]) await deleteOwnResources(each);
    await setQuota({ instances: 10, cores: 20, ram: 51_200 });
    await bob.run(['logout']);
    await bob.cleanUp();
    await rm(program, { recursive: true, force: true });
  });

  it(
    `each of ${kills} reruns exits 0, and its VM is the only one of the name`,
    async () => {
      const others = startLoad(await authenticate(load), loaders);
      const outcomes: Outcome[] = [];
      // A run that was stopped may have left VMs that Nova has not deleted yet.
      const prefix = `k${Date.now().toString(36)}`;
      const names = Array.from({ length: kills }, (_, at) => `${prefix}-${at}`);
      const worker = async () => {
        for (let name = names.shift(); name !== undefined; name = names.shift()) {
          const outcome = await killAndRerun(name);
          console.log(lineOf(outcome));
          outcomes.push(outcome);
        }
      };
      await Promise.all(Array.from({ length: width }, worker));
      console.log(await others.stop());
      const bad = outcomes.filter(({ rerun, made, left }) => {
        return rerun.code !== 0 || left.length !== 1 || left[0] !== made;
      });
      expect(bad).toEqual([]);
      expect(outcomes).toHaveLength(kills);
    },
    120_000 + kills * 60_000,
  );

  async function killAndRerun(name: string): Promise<Outcome> {
    const create = ['create', name, '--wait', 'running'];
    const first = start(create);
    const ended = once(first, 'close');
    for (let tries = 0; first.exitCode === null && tries < 6_000; tries += 1) {
      if ((await journalOf(name)).some((line) => line.includes(' requested '))) break;
      await pause(10);
    }
    const killedAfterMs = Math.round(Math.random() * maxKillMs);
    await pause(killedAfterMs);
    first.kill('SIGKILL');
    await ended;
    const began = Date.now();
    const rerun = await run([...create, '--if-exists', 'skip', '--json']);
    const rerunMs = Date.now() - began;
    const seen = await settled(name);
    for (const id of seen) await call(nova, 'DELETE', `${lab('LAB_COMPUTE_URL')}/servers/${id}`);
    const made = /"id": "([^"]+)"/.exec(rerun.stdout)?.[1];
    return {
      name,
      killedAfterMs,
      rerunMs,
      rerun,
      made,
      left: seen,
      journal: await journalOf(name),
    };
  }

  /** The ids of the servers of a name once none has been on its way, or being deleted, for 8 s. */
  async function settled(name: string): Promise<readonly string[]> {
    let left: readonly ListedServer[] = [];
    for (let quiet = 0, tries = 0; quiet < 8 && tries < 120; tries += 1) {
      await pause(1_000);
      const listed = await listedAs(name);
      const isSame = listed.map(({ id }) => id).join() === left.map(({ id }) => id).join();
      const isLeaving = listed.some((each) => each['OS-EXT-STS:task_state'] === 'deleting');
      quiet = isSame && !isLeaving ? quiet + 1 : 0;
      left = listed;
    }
    return left.map(({ id }) => id);
  }

  async function listedAs(name: string): Promise<readonly ListedServer[]> {
    const url = `${lab('LAB_COMPUTE_URL')}/servers/detail?tags=nubes-nb,nubes-nb.n=${name}`;
    return parse(serversReply, await call(nova, 'GET', url)).servers;
  }

  async function journalOf(name: string): Promise<readonly string[]> {
    const file = join(bob.home, '.local/state/nubes-nb/journal.ndjson');
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
    return lines
      .filter((line) => line.includes(`"name":"${name}"`))
      .map((line) => {
        const { at, event, request, id = '' } = JSON.parse(line) as Record<string, string>;
        return `${at?.slice(11, 23)} ${event} ${request?.slice(0, 8)} ${id.slice(0, 8)}`;
      });
  }

  function start(args: readonly string[]): ChildProcess {
    const variables = { ...bob.environment, NUBES_NB_LIMITS_PER_USER: '200' };
    const options = { cwd: bob.home, env: variables } as const;
    return spawn(execPath, [join(program, 'bin/nubes-nb.js'), ...args], options);
  }

  async function run(args: readonly string[]): Promise<CommandResult> {
    const child = start(args);
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    await once(child, 'close');
    return { code: child.exitCode, stdout: stdout(), stderr: stderr() };
  }
});

/** What came of one name. */
interface Outcome {
  readonly name: string;
  readonly killedAfterMs: number;
  readonly rerunMs: number;
  readonly rerun: CommandResult;
  /** The id that the rerun printed. */
  readonly made: string | undefined;
  /** The ids of the servers that Nova lists afterwards. */
  readonly left: readonly string[];
  readonly journal: readonly string[];
}

const serversReply = looseObject({
  servers: array(looseObject({ id: string(), 'OS-EXT-STS:task_state': nullable(string()) })),
});
type ListedServer = { readonly id: string; readonly 'OS-EXT-STS:task_state': string | null };

function lineOf({ name, killedAfterMs, rerunMs, rerun, left, journal }: Outcome): string {
  const requests = new Set(journal.map((line) => line.split(' ')[2])).size;
  const times = `killed after ${killedAfterMs} ms, rerun ${rerunMs} ms`;
  return `${name}: ${times}, code ${rerun.code}, ${requests} requests, ${left.length} VM`;
}

function textOf(stream: ChildProcess['stdout']): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

/** A build meanwhile must not replace the program that runs. */
async function copyOfProgram(): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const copy = await mkdtemp(join(tmpdir(), 'nubes-real-program-'));
  const filter = (path: string) => !path.endsWith('dist/standalone');
  for (const part of ['bin', 'dist', 'package.json']) {
    await cp(join(root, part), join(copy, part), { recursive: true, filter });
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}
