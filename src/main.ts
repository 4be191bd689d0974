import { homedir, hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';
import type { World } from './world.ts';

const interruption = new AbortController();
let receiver: ((signal: 'SIGINT' | 'SIGTERM') => void) | undefined;

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (receiver !== undefined) return receiver(signal);
    if (interruption.signal.aborted) process.exit(code);
    return interruption.abort(signal);
  });
}

// No client of this program follows it, but Node would print that connections are insecure.
delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];

const world: World = {
  environment: process.env,
  home: homedir(),
  cwd: workingFolder(),
  platform: process.platform,
  architecture: process.arch,
  nodeVersion: process.versions.node,
  hostname: hostname(),
  userId: process.geteuid?.(),
  self: {
    node: process.execPath,
    script: process.argv[1] ?? fileURLToPath(import.meta.url),
    root: fileURLToPath(new URL('..', import.meta.url)),
    pid: process.pid,
  },
  // Opening a stream takes time, which `--version` has no need to spend on stdin.
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw signal?.reason;
    });
  },
  random: Math.random,
  interrupted: interruption.signal,
  passSignals: (to) => {
    receiver = to;
    return () => {
      receiver = undefined;
    };
  },
};

/** The root, where no relative path of the user means another file, if the working folder was deleted. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    process.chdir('/');
    return process.cwd();
  }
}

// Should the work stop without an end, that is no success.
process.exitCode = 1;
// A request without an answer would keep the process alive.
void run(process.argv.slice(2), world).then((exitCode) => process.exit(exitCode));
