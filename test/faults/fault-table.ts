import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { FaultKind, FaultMatch } from '../../src/sandbox/cloud/faults.ts';
import type { RecordedRequest } from '../../src/sandbox/cloud/requests.ts';
import { noQuota, setQuota } from '../support/cloud.ts';
import { siteFile } from '../support/https.ts';
import { ownKey } from '../support/ssh.ts';
import { type CallOptions, type Workbench, workbench } from '../support/workbench.ts';
import type { Case, Row } from './outcome.ts';

/** A command whose API calls are made to fail, one after the other. */
export interface FaultCommand {
  readonly words: string;
  /** What has happened before, besides the login. */
  readonly given?: (bench: Workbench) => unknown;
  readonly stdin?: (bench: Workbench) => string;
  /** The heading in the table, if it differs from the words. */
  readonly title?: string;
  /** Ctrl-C once it has printed something. */
  readonly endsBy?: 'Ctrl-C';
  /** The system's ssh, which forwards, instead of one that only succeeds. */
  readonly ssh?: 'real';
}

/** The faults, each injected into every request of one kind. */
export const faultKinds = [
  'bad-request',
  'unauthorized',
  'forbidden',
  'not-found',
  'conflict',
  'over-limit',
  'too-many',
  'internal-error',
  'html-502',
  'html-503',
  'reset',
  'reset-after',
  'silent',
  'slow',
  'redirect',
  'empty',
  'not-json',
  'other-json',
  'truncated-json',
  'huge',
] as const satisfies readonly FaultKind[];

/** Those of the requests after the first one, which differ in what the command says that is under way. */
const laterFaults: readonly FaultKind[] = [
  'unauthorized',
  'forbidden',
  'not-found',
  'too-many',
  'html-503',
  'reset',
  'silent',
  'other-json',
];

/** A kind of request: the ids in its path are left out. */
interface Call extends Pick<RecordedRequest, 'service' | 'method' | 'path' | 'action'> {
  /** Only the requests after the first one fail. */
  readonly later: boolean;
}

interface Job {
  readonly command: FaultCommand;
  readonly call: Call;
  readonly fault: (typeof faultKinds)[number];
}

/** Of the faults that are silent: a command that meets one waits for most of its time. */
const benches = 16;
/** Of the others: more would only wait for the same processor. */
const busyBenches = 6;

/** Runs every command with every fault in each of its API calls, first those faults that only wait. */
export async function faultTable(
  commands: readonly FaultCommand[],
  furniture: Furniture = {},
): Promise<Row[]> {
  const ready = await Promise.all(Array.from({ length: benches }, () => furnishedBench(furniture)));
  const [first] = ready;
  if (first === undefined) throw new Error('There is no bench.');
  try {
    const jobs: Job[] = [];
    for (const command of commands) {
      const calls = await first.calls(command);
      for (const call of calls) {
        const faults = faultKinds.filter((fault) => !call.later || laterFaults.includes(fault));
        jobs.push(...faults.map((fault) => ({ command, call, fault })));
      }
    }
    const results = new Map<Job, Case>();
    const silent = jobs.filter(({ fault }) => fault === 'silent').sort(longestFirst);
    const others = jobs.filter(({ fault }) => fault !== 'silent');
    const work = async (bench: FaultBench, queue: Job[]) => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        results.set(job, await bench.run(job));
      }
    };
    await Promise.all(
      ready.map(async (bench, index) => {
        await work(bench, silent);
        if (index < busyBenches) await work(bench, others);
      }),
    );
    return rowsOf(jobs.flatMap((job) => results.get(job) ?? []));
  } finally {
    await Promise.all(ready.map(({ close }) => close()));
  }
}

/** A poll that fails is repeated until the time of the command is up; other requests are sent four times. */
function longestFirst({ call: one }: Job, { call: other }: Job): number {
  return Number(other.later) - Number(one.later);
}

/** What a bench has besides alice's notebook `on`, and `off`, which is stopped. */
export interface Furniture {
  /** A direct notebook of this name, and a certificate for it in the settings. */
  readonly direct?: boolean;
}

interface FaultBench {
  readonly calls: (command: FaultCommand) => Promise<Call[]>;
  readonly run: (job: Job) => Promise<Case>;
  readonly close: () => Promise<void>;
}

async function furnishedBench({ direct = false }: Furniture): Promise<FaultBench> {
  const bench = await workbench({ ldap: false });
  bench.configure((toml) => `${toml}\n[limits]\nper_user = 20\n`);
  await bench.login();
  setQuota(bench, noQuota);
  const path = programsThatSucceed(bench);
  const key = ownKey(bench);
  const usual = { NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '127.0.0.0/8' };
  const environment = { ...usual, PATH: path };
  // Only the system's ssh has their key: with it, a check over ssh that fails would be repeated for minutes.
  const withKey = { environment: { ...environment, ...key } };
  await bench.nb('create on off', withKey);
  await bench.nb('stop off');
  if (direct) await bench.nb('create direct --access direct', withKey);
  rmSync(join(bench.stateFolder, 'keys.json'), { force: true });
  const certificate = direct ? (await siteFile(bench)).variables : {};
  const restore = bench.checkpoint();
  const execute = async (command: FaultCommand, more: Record<string, string> = {}) => {
    const { words, stdin = () => '', ssh, endsBy } = command;
    const ours = {
      ...(ssh === 'real' ? { ...usual, ...key } : environment),
      ...certificate,
      ...more,
    };
    const options = { stdin: stdin(bench), environment: ours, samePrograms: true };
    return endsBy === undefined ? bench.nb(words, options) : interrupted(bench, words, options);
  };
  const { cloud } = bench.sandbox;
  return {
    calls: async (command) => {
      await command.given?.(bench);
      const from = cloud.requests.length;
      const { code, stderr } = await execute(command);
      const expected = command.endsBy === undefined ? 0 : 130;
      if (code !== expected) throw new Error(`${command.words} exits ${code}: ${stderr}`);
      const seen = cloud.requests.slice(from).map(callOf);
      await restore();
      return kindsOf(seen);
    },
    run: async ({ command, call, fault }) => {
      await command.given?.(bench);
      const details = {
        times: Number.POSITIVE_INFINITY,
        after: call.later ? 1 : 0,
        ...(fault === 'slow' ? { ms: 20 } : {}),
      };
      cloud.faults.next(matchOf(call), fault, details);
      const before = bench.now().getTime();
      const realBefore = performance.now();
      // Time limits of requests are real; a short one would fail others on a busy computer.
      const seen = await execute(
        command,
        fault === 'silent' ? { NUBES_NB_TIMEOUTS_HTTP: '2s' } : {},
      );
      const realMs = performance.now() - realBefore;
      const waitedMs = bench.now().getTime() - before;
      const passwords = bench.sandbox.people.map(({ password }) => password);
      const secrets = [...cloud.issuedSecrets(), ...passwords];
      await restore();
      const title = command.title ?? command.words;
      return { command: title, call: textOf(call), fault, seen, secrets, waitedMs, realMs };
    },
    close: bench.close,
  };
}

/**
 * A PATH with an ssh that opens tunnels, which forward nothing, and otherwise ends at once, and with a scp. Unlike
 * `fakeSsh` it starts no other programs: thousands of cases run it.
 */
function programsThatSucceed({ home }: Workbench): string {
  const bin = join(home, 'bin');
  const config = join(home, 'no-ssh-config');
  mkdirSync(bin);
  writeFileSync(config, '');
  const ssh = `#!/bin/sh
case " $* " in
' -V ') echo OpenSSH_9.6p1 >&2;;
' -G '*) echo 'identityfile ~/.ssh/id_ed25519'; echo 'debug1: Reading configuration data ${config}' >&2;;
*' -N '*) echo 'debug1: Entering interactive session.' >&2; exec sleep 60;;
esac
exit 0
`;
  writeFileSync(join(bin, 'ssh'), ssh, { mode: 0o755 });
  writeFileSync(join(bin, 'scp'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  return `${bin}:/usr/bin:/bin`;
}

/** Runs a command, and presses Ctrl-C once it has printed something. */
async function interrupted(bench: Workbench, words: string, options: CallOptions) {
  const stdout = new PassThrough();
  const interruption = new AbortController();
  let printed = '';
  stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    setImmediate(() => interruption.abort('SIGINT'));
  });
  const seen = await bench.nb(words, { ...options, stdout, interruption });
  return { ...seen, stdout: printed };
}

const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64}';

function callOf({ service, method, path, action }: RecordedRequest): Call {
  return {
    service,
    method,
    path: path.replaceAll(new RegExp(id, 'g'), '{id}'),
    action,
    later: false,
  };
}

/** Each kind once, in the order of their texts: calls that are sent at the same time arrive in any order. */
function kindsOf(calls: readonly Call[]): Call[] {
  const byText = new Map<string, Call>();
  for (const call of calls) {
    const repeated = { ...call, later: true };
    const isRepeated = byText.has(textOf(call));
    byText.set(textOf(isRepeated ? repeated : call), isRepeated ? repeated : call);
  }
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? []);
}

function textOf({ service, method, path, action, later }: Call): string {
  const words = [service, method, path, action, later ? '(after the first)' : undefined];
  return words.filter((word) => word !== undefined).join(' ');
}

function matchOf({ service, method, path, action }: Call): FaultMatch {
  const pattern = path.replaceAll(/[.+]/g, '\\$&').replaceAll('{id}', `(?:${id})`);
  const match = { service, method, path: new RegExp(`^${pattern}$`) };
  return action === undefined ? match : { ...match, action };
}

export function rowsOf(cases: readonly Case[]): Row[] {
  const rows = new Map<string, Case[]>();
  for (const each of cases) {
    const key = `${each.command}\n${each.call}`;
    rows.set(key, [...(rows.get(key) ?? []), each]);
  }
  return [...rows.values()].flatMap((found) => {
    const [first] = found;
    return first === undefined ? [] : [{ command: first.command, call: first.call, cases: found }];
  });
}
