import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { type Sandbox, startSandbox, type Timings } from '../../src/sandbox/sandbox.ts';
import { builtProgram } from './build.ts';
import { testKey, withoutLdap } from './workbench.ts';

/** What a process of the program printed, and how it ended. */
export interface Ended {
  /** Undefined if the process was killed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that may be killed. */
export interface Running {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
}

/** The built program in separate processes, as one user on one computer of the embedded cloud. */
export interface ProcessBench {
  readonly sandbox: Sandbox;
  readonly stateFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly start: (words: readonly string[], input?: string) => Running;
  readonly nb: (words: readonly string[], input?: string) => Promise<Ended>;
  readonly close: () => Promise<void>;
}

export async function processBench(pace: Partial<Timings>, limits: string): Promise<ProcessBench> {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-processes-'));
  const [sandbox, program] = await Promise.all([startSandbox(pace), builtProgram()]);
  const home = join(folder, 'home');
  mkdirSync(join(home, '.ssh'), { recursive: true });
  writeFileSync(join(home, '.ssh', 'id_ed25519.pub'), testKey);
  const configFile = join(folder, 'config.toml');
  writeFileSync(configFile, `${withoutLdap(sandbox.settingsToml)}\n[limits]\n${limits}\n`);
  const environment = {
    ...{ PATH: process.env['PATH'] ?? '', HOME: home, NUBES_NB_CONFIG: configFile },
    NUBES_NB_SITE_CONFIG: join(folder, 'no-site.toml'),
  };
  const start: ProcessBench['start'] = (words, input = '') => {
    const child = execa(process.execPath, [program, ...words], {
      ...{ cwd: home, env: environment, extendEnv: false, reject: false, input },
    });
    return {
      kill: (signal) => void child.kill(signal),
      ended: child.then(({ exitCode, stdout, stderr }) => ({ exitCode, stdout, stderr })),
    };
  };
  const nb: ProcessBench['nb'] = (words, input) => start(words, input).ended;
  const { password = '' } = sandbox.people.find(({ name }) => name === 'alice') ?? {};
  const login = ['login', '--username', 'alice', '--project', 'jupyter-notebooks'];
  const { exitCode, stderr } = await nb([...login, '--password-stdin'], password);
  if (exitCode !== 0) throw new Error(stderr);
  return {
    ...{ sandbox, environment, start, nb },
    stateFolder: join(home, '.local', 'state', 'nubes-nb'),
    close: async () => {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Polls for something that a process does; the test's timeout is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(20);
}
