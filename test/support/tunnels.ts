import { existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach } from 'vitest';
import {
  listTunnels,
  type RunningTunnel,
} from '../../src/notebooks/connect/background/registry.ts';
import { builtProgram } from './build.ts';
import { ownKey } from './ssh.ts';
import { sharedBench, type Workbench } from './workbench.ts';

/** A shared bench with the notebook `x`, and the built program in processes, whose tunnels end with each test. */
export interface TunnelBench {
  readonly bench: Workbench;
  readonly environment: Record<string, string>;
  /** Runs the built program in a separate process, as a shell would. */
  readonly nb: (
    words: string,
    more?: Record<string, string>,
  ) => Promise<{ code: number | undefined; stdout: string; stderr: string }>;
  readonly listed: () => Promise<RunningTunnel[]>;
  /** The names of the files of background tunnels. */
  readonly files: () => string[];
}

export async function tunnelBench(): Promise<TunnelBench> {
  const program = await builtProgram();
  const bench = await sharedBench();
  const environment: Record<string, string> = {
    ...ownKey(bench),
    HOME: bench.home,
    PATH: process.env['PATH'] ?? '',
    NUBES_NB_SITE_CONFIG: join(bench.home, 'no-site.toml'),
  };
  await bench.nb('create x', { environment });
  const listed = async () => [...(await tunnelsOf(bench))];
  afterEach(async () => {
    for (const { pid } of await listed()) kill(pid);
  });
  const nb: TunnelBench['nb'] = async (words, more = {}) => {
    const { exitCode, stdout, stderr } = await execa('node', [program, ...words.split(' ')], {
      ...{ env: { ...environment, ...more }, cwd: bench.home, extendEnv: false, reject: false },
    });
    return { code: exitCode, stdout, stderr };
  };
  const files = () => readdirSync(join(bench.stateFolder, 'tunnels'));
  return { bench, environment, nb, listed, files };
}

export function tunnelsOf({ stateFolder }: Workbench) {
  return listTunnels({
    stateFolder,
    world: { platform: process.platform, hostname: hostname() },
  });
}

/** Throws if there is no tunnel: a signal to process 0 would reach the tests' own process group. */
export function pidOf(tunnel: RunningTunnel | undefined): number {
  if (tunnel === undefined) throw new Error('no background tunnel is listed');
  return tunnel.pid;
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already exited.
  }
}

export const isAlive = (pid: number) => existsSync(`/proc/${pid}`);
