import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { looseObject, number, parse, string } from 'valibot';
import { labFolder } from './lab.ts';
import type { CommandResult, TestUser } from './test-user.ts';

/** A value of real.env, which lab/real-notebook.sh writes. */
export async function realVmValue(name: string): Promise<string> {
  const text = await readFile(join(labFolder, 'real.env'), 'utf8').catch(() => {
    throw new Error('no host for real VMs: run test/real/lab/real-notebook.sh up');
  });
  const value = new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`real.env has no ${name}`);
  return value;
}

/** Runs a command line of the program; kills it after `timeoutMs`. */
export async function runWithTimeout(
  { environment, home }: TestUser,
  variables: Readonly<Record<string, string | undefined>>,
  [node, ...rest]: readonly [string, ...string[]],
  timeoutMs: number,
): Promise<CommandResult> {
  const env = { ...environment, ...variables };
  const options = { cwd: home, env, extendEnv: false, reject: false, timeout: timeoutMs } as const;
  const { exitCode, stdout, stderr } = await execa(node, rest, { ...options, input: '' });
  return { code: exitCode ?? null, stdout, stderr };
}

const tunnelShape = looseObject({ command: string(), short: string(), localPort: number() });

/** The tunnel in a notebook's JSON. */
export function tunnelIn(outcome: CommandResult): {
  readonly command: string;
  readonly short: string;
  readonly localPort: number;
} {
  return parse(looseObject({ tunnel: tunnelShape }), JSON.parse(outcome.stdout)).tunnel;
}

/** A printed tunnel command, run in a shell. */
export interface OpenTunnel {
  /** Sends a request through the tunnel; does not follow redirects. */
  readonly get: (path: string, options?: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
}

/** Opens the tunnel. Throws ssh's stderr if ssh exits, or after 90 s without a reply. */
export async function openTunnel(
  { home }: TestUser,
  { command, localPort }: { readonly command: string; readonly localPort: number },
): Promise<OpenTunnel> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  const ssh = execa('sh', ['-c', `exec ${command} `], {
    ...({ env, extendEnv: false, stdin: 'ignore', reject: false } as const),
  });
  const get: OpenTunnel['get'] = (path, options) =>
    fetch(`http://127.0.0.1:${localPort}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
      ...options,
    });
  await waitUntil(90_000, async () => {
    if (ssh.exitCode !== null) throw new Error(`ssh ended: ${(await ssh).stderr}`);
    return jupyterAnswers(localPort);
  });
  const close = async () => {
    ssh.kill('SIGTERM');
    await ssh;
  };
  return { get, close };
}

/** The time from the start of a shell command until Jupyter answers on the port. Interrupts the command then. */
export async function timeUntilAnswer(
  env: Readonly<Record<string, string | undefined>>,
  line: string,
  port: number,
): Promise<{ readonly elapsedMs: number; readonly stderr: string }> {
  const began = performance.now();
  const running = execa('sh', ['-c', line], {
    ...({ env, extendEnv: false, stdin: 'ignore', reject: false, timeout: 60_000 } as const),
  });
  await waitUntil(60_000, () => jupyterAnswers(port), 3);
  const elapsedMs = performance.now() - began;
  running.kill('SIGINT');
  return { elapsedMs, stderr: (await running).stderr };
}

async function jupyterAnswers(port: number): Promise<boolean> {
  const reply = await fetch(`http://127.0.0.1:${port}/api`).catch(() => undefined);
  return reply?.ok === true;
}

/** Runs a command on a VM with the system's ssh; `input` is its stdin. Does not throw for an exit code. */
export async function runOverSsh(
  options: readonly string[],
  destination: string,
  command: string,
  input = '',
): Promise<CommandResult> {
  const own = ['BatchMode=yes', 'ConnectTimeout=30', 'GlobalKnownHostsFile=/dev/null'];
  const words = [...own.flatMap((each) => ['-o', each]), ...options, '--', destination, command];
  const { exitCode, stdout, stderr } = await execa('ssh', words, {
    ...({ input, reject: false, timeout: 240_000 } as const),
  });
  return { code: exitCode ?? null, stdout, stderr };
}

/** Checks every `intervalMs`. Throws after `timeoutMs`. */
export async function waitUntil(
  timeoutMs: number,
  check: () => Promise<boolean>,
  intervalMs = 250,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${check}`);
    await pause(intervalMs);
  }
}

/** The folder of a VM on the real compute host, with its disk and console log. */
export function instanceFolder(id: string): string {
  return join(labFolder, 'data/real/nova/instances', id);
}

/**
 * Watches the console logs of all VMs on the real compute host. `seen` has the time at which a matching
 * line first appeared, in ms since the epoch, by the VM's id.
 */
export function watchConsoles(kind: RegExp): {
  readonly seen: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
} {
  const seen = new Map<string, number>();
  const end = new AbortController();
  const watch = async () => {
    while (!end.signal.aborted) {
      const ids = await readdir(instanceFolder('')).catch(() => []);
      for (const id of ids.filter((each) => !seen.has(each))) {
        const text = await readFile(join(instanceFolder(id), 'console.log'), 'latin1').catch(
          () => '',
        );
        if (kind.test(text)) seen.set(id, Date.now());
      }
      await pause(100);
    }
  };
  const done = watch();
  return {
    seen,
    stop: () => {
      end.abort();
      return done;
    },
  };
}
