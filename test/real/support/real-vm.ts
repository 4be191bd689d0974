import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { looseObject, number, parse, string } from 'valibot';
import { labFolder } from './lab.ts';
import type { Ended, Person } from './test-user.ts';
import { commandLine } from './test-user.ts';

/** A value of real.env, which lab/real-notebook.sh writes. */
export async function realGuests(name: string): Promise<string> {
  const text = await readFile(join(labFolder, 'real.env'), 'utf8').catch(() => {
    throw new Error('no real guests: test/real/lab/real-notebook.sh up');
  });
  const value = new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`real.env has no ${name}`);
  return value;
}

/** The program, ended after `patience` ms. */
export async function runPatiently(
  { environment, home }: Person,
  variables: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
  patience: number,
): Promise<Ended> {
  const [node, ...rest] = commandLine(args);
  const env = { ...environment, ...variables };
  const options = { cwd: home, env, extendEnv: false, reject: false, timeout: patience } as const;
  const { exitCode, stdout, stderr } = await execa(node, rest, { ...options, input: '' });
  return { code: exitCode ?? null, stdout, stderr };
}

const tunnelShape = looseObject({ command: string(), localPort: number() });

/** How a notebook's JSON says it is reached. */
export function tunnelIn(ended: Ended): { readonly command: string; readonly localPort: number } {
  return parse(looseObject({ tunnel: tunnelShape }), JSON.parse(ended.stdout)).tunnel;
}

/** A printed tunnel line, run by a shell as a person would paste it. */
export interface PastedTunnel {
  /** The reply to a request through it, as curl would make it. */
  readonly get: (path: string, options?: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
}

/** Opens the tunnel. Throws with ssh's words when ssh ends, and after 90 s without a reply. */
export async function paste(
  { home }: Person,
  { command, localPort }: { readonly command: string; readonly localPort: number },
): Promise<PastedTunnel> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  const ssh = execa('sh', ['-c', `exec ${command} `], {
    ...({ env, extendEnv: false, stdin: 'ignore', reject: false } as const),
  });
  const get: PastedTunnel['get'] = (path, options) =>
    fetch(`http://127.0.0.1:${localPort}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
      ...options,
    });
  await eventually(90_000, async () => {
    if (ssh.exitCode !== null) throw new Error(`ssh ended: ${(await ssh).stderr}`);
    return answers(localPort);
  });
  const close = async () => {
    ssh.kill('SIGTERM');
    await ssh;
  };
  return { get, close };
}

/**
 * The ms from the start of a shell's line to Jupyter's answer on the port, and what the line has said;
 * it is ended then.
 */
export async function answersAfter(
  env: Readonly<Record<string, string | undefined>>,
  line: string,
  port: number,
): Promise<{ readonly time: number; readonly said: string }> {
  const began = performance.now();
  const running = execa('sh', ['-c', line], {
    ...({ env, extendEnv: false, stdin: 'ignore', reject: false, timeout: 60_000 } as const),
  });
  await eventually(60_000, () => answers(port), 3);
  const time = performance.now() - began;
  running.kill('SIGINT');
  return { time, said: (await running).stderr };
}

async function answers(port: number): Promise<boolean> {
  const reply = await fetch(`http://127.0.0.1:${port}/api`).catch(() => undefined);
  return reply?.ok === true;
}

/** One command on a VM by the system's ssh; `input` is its stdin. Never throws for its exit code. */
export async function onVm(
  options: readonly string[],
  destination: string,
  command: string,
  input = '',
): Promise<Ended> {
  const own = ['BatchMode=yes', 'ConnectTimeout=30', 'GlobalKnownHostsFile=/dev/null'];
  const words = [...own.flatMap((each) => ['-o', each]), ...options, '--', destination, command];
  const { exitCode, stdout, stderr } = await execa('ssh', words, {
    ...({ input, reject: false, timeout: 240_000 } as const),
  });
  return { code: exitCode ?? null, stdout, stderr };
}

/** Looks every `tick` ms. Throws after `limit` ms. */
export async function eventually(
  limit: number,
  look: () => Promise<boolean>,
  tick = 250,
): Promise<void> {
  const deadline = Date.now() + limit;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`not within ${limit / 1000} s: ${look}`);
    await pause(tick);
  }
}

/** The folder where this machine's real host keeps a VM: its disk and its console. */
export function folderOf(id: string): string {
  return join(labFolder, 'data/real/nova/instances', id);
}

/**
 * Watches the consoles of all VMs of the real host, before Nova can be asked for them. Tells when a
 * line of the kind was first seen, in ms since the epoch, by the VM's id.
 */
export function watchConsoles(kind: RegExp): {
  readonly seen: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
} {
  const seen = new Map<string, number>();
  const end = new AbortController();
  const watch = async () => {
    while (!end.signal.aborted) {
      const ids = await readdir(folderOf('')).catch(() => []);
      for (const id of ids.filter((each) => !seen.has(each))) {
        const text = await readFile(join(folderOf(id), 'console.log'), 'latin1').catch(() => '');
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
