import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { builtProgram } from './build.ts';
import { type ProcessBench, until } from './processes.ts';

export type Signal = 'SIGINT' | 'SIGTERM';

export const signalCodes = { SIGINT: 130, SIGTERM: 143 };

/** A process of the program that waits for something. */
export interface Waiting {
  readonly kill: (signal: Signal) => void;
  /** The exit code, or 128 plus the number of the signal that killed it. */
  readonly ended: Promise<number | undefined>;
  readonly stderr: Promise<string>;
}

/** What the program waits for, and how to bring it there. */
export type Wait = readonly [what: string, begin: (bench: ProcessBench) => Promise<Waiting>];

export const nova: Wait = ['an answer of Nova', (bench) => createWithoutAnswer(bench, {})];

export const busyThread: Wait = [
  'an answer of Nova, with a thread in a system call',
  (bench) => createWithoutAnswer(bench, { NODE_OPTIONS: `--require ${busyHook(bench)}` }),
];

export const stubbornSsh: Wait = [
  'an ssh that ignores signals',
  async (bench) => {
    const bin = join(bench.stateFolder, 'bin');
    const started = join(bin, 'started');
    mkdirSync(bin, { recursive: true });
    rmSync(started, { force: true });
    const script = `#!/bin/sh
[ "$*" = -V ] && echo OpenSSH_9.6p1 >&2 && exit
[ "$1" = -G ] && exit 255
trap '' INT TERM
touch '${started}'
while :; do sleep 1; done
`;
    writeFileSync(join(bin, 'ssh'), script, { mode: 0o755 });
    const waiting = await start(bench, ['exec', 'x', '--', 'true'], {
      PATH: `${bin}:/usr/bin:/bin`,
    });
    await until(() => existsSync(started));
    return waiting;
  },
];

/** A FIFO that nobody writes to as the configuration of ssh, which blocks when it opens it. */
export async function withBlockedSsh(
  bench: ProcessBench,
  words: readonly string[],
): Promise<Waiting & { readonly pid: number }> {
  const bin = mkdtempSync(join(bench.stateFolder, 'blocked-'));
  const [fifo, started] = [join(bin, 'fifo'), join(bin, 'started')];
  execFileSync('mkfifo', [fifo]);
  for (const program of ['ssh', 'scp']) {
    const real = execFileSync('which', [program], { encoding: 'utf8' }).trim();
    const script = `#!/bin/sh
[ "$*" = -V ] && exec '${real}' -V
echo $$ > '${started}'
exec '${real}' -F '${fifo}' "$@"
`;
    writeFileSync(join(bin, program), script, { mode: 0o755 });
  }
  const waiting = await start(bench, words, { PATH: `${bin}:/usr/bin:/bin` });
  const pid = () => (existsSync(started) ? Number(readFileSync(started, 'utf8')) : 0);
  await until(() => pid() > 0);
  return { ...waiting, pid: pid() };
}

export const openStdin: Wait = [
  'the end of stdin',
  (bench) => start(bench, ['login', '--username', 'alice', '--password-stdin']),
];

let count = 0;

async function createWithoutAnswer(
  bench: ProcessBench,
  variables: Readonly<Record<string, string>>,
): Promise<Waiting> {
  const { cloud } = bench.sandbox;
  cloud.faults.next({ service: 'Nova', method: 'POST', path: /servers$/ }, 'silent');
  count += 1;
  const before = cloud.requests.length;
  const waiting = await start(bench, ['create', `n${count}`], variables);
  await until(() =>
    cloud.requests
      .slice(before)
      .some(({ method, path }) => method === 'POST' && /servers$/.test(path)),
  );
  return waiting;
}

/** A module that keeps a thread in a system call, as a resolver without an answer does. */
function busyHook({ stateFolder }: ProcessBench): string {
  const [fifo, hook] = [join(stateFolder, 'fifo'), join(stateFolder, 'busy.cjs')];
  if (!existsSync(fifo)) execFileSync('mkfifo', [fifo]);
  writeFileSync(hook, `require('node:fs').open(${JSON.stringify(fifo)}, 'r', () => {});`);
  return hook;
}

/** Runs the program with a stdin that stays open. */
async function start(
  { environment }: ProcessBench,
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Waiting> {
  const child = execa(process.execPath, [await builtProgram(), ...words], {
    ...{ env: { ...environment, ...more }, extendEnv: false, reject: false },
    ...{ stdin: 'pipe', forceKillAfterDelay: false },
  });
  const ended = child.then(({ exitCode, signal }) => exitCode ?? signalCodes[signal as Signal]);
  const stderr = child.then((result) => result.stderr);
  return { ended, stderr, kill: (signal) => void child.kill(signal) };
}
