import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, TestRunner } from 'vitest';
import { run } from '../../src/run.ts';
import type { AddedServer, CloudServer } from '../../src/sandbox/cloud/cloud.ts';
import type { Release } from '../../src/sandbox/cloud/release.ts';
import { type Sandbox, startSandbox, type Timings } from '../../src/sandbox/sandbox.ts';
import type { Keytar, OutputStream, World } from '../../src/world.ts';
import { saveFiles } from './saved-files.ts';

/** The result of one command. */
export interface Seen {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly stdin?: string;
  readonly environment?: Record<string, string>;
  /** Columns. If given, all streams are terminals. */
  readonly terminal?: number;
  readonly keytar?: Keytar;
  /** Where ssh looks for its files; the home folder by default. */
  readonly sshHome?: string;
  /** The programs on a PATH of these variables, and what they read, stay the same. */
  readonly samePrograms?: boolean;
  /** Called before each wait with the virtual time waited in this call, in milliseconds. */
  readonly onSleep?: (waited: number) => void | Promise<void>;
  readonly interruption?: AbortController;
  /** On a terminal: what is typed as soon as stderr shows the text before it, in this order. */
  readonly answers?: readonly (readonly [shown: string, typed: string])[];
  /** Called before each of them is typed. */
  readonly onAnswer?: () => void;
  /** Replaces the stdout that collects what is written. */
  readonly stdout?: OutputStream;
  /** A shell script that the program starts in the place of its own. */
  readonly ownScript?: string;
}

export interface Workbench {
  readonly sandbox: Sandbox;
  readonly home: string;
  readonly stateFolder: string;
  readonly configFile: string;
  /** Changes the settings file. */
  readonly configure: (edit: (toml: string) => string) => void;
  /** Runs the whole program with these arguments, as one user on one computer. */
  readonly nb: (words: string | readonly string[], options?: CallOptions) => Promise<Seen>;
  readonly login: (who?: string) => Promise<Seen>;
  /** Lets virtual time pass. */
  readonly pass: (milliseconds: number) => void;
  readonly now: () => Date;
  /** Another computer of the same cloud: its own home, state and session. */
  readonly secondComputer: () => Workbench;
  /** Returns a function that puts the cloud, all computers and the time back to what they are now. */
  readonly checkpoint: () => () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface WorkbenchOptions {
  /** False: only Keystone authenticates, which makes a login three times as fast. */
  readonly ldap?: boolean;
  /** Time passes by itself, this many times faster than real time: for concurrent work. */
  readonly speed?: number;
  /** How long the cloud's operations take, in milliseconds of its own time. */
  readonly pace?: Partial<Timings>;
  /** A PATH to search for a real Jupyter. */
  readonly programPath?: string;
  /** What the cloud behaves like; the newest by default. */
  readonly release?: Release;
}

/** A computer with its own home and the embedded cloud. Time passes only by waiting. */
export async function workbench({
  ldap = true,
  speed,
  pace,
  programPath,
  release,
}: WorkbenchOptions = {}): Promise<Workbench> {
  const clock = speed === undefined ? virtualClock() : fastClock(speed);
  const usual = { bootMs: 4_000, readyMs: 3_000, deleteMs: 3_000 };
  const started = await startSandbox({ now: clock.now, ...usual, ...pace, programPath, release });
  const { settingsToml } = started;
  const sandbox = { ...started, settingsToml: ldap ? settingsToml : withoutLdap(settingsToml) };
  return computer(sandbox, clock);
}

/**
 * A bench of alice, who is logged in at Keystone. Every test of the calling file begins with what the top level
 * of the file made of it; VMs begin with new disks.
 */
export async function sharedBench(): Promise<Workbench> {
  if (TestRunner.getCurrentTest() !== undefined) {
    throw new Error('sharedBench is for the top level of a file: call workbench in a test.');
  }
  const bench = await workbench({ ldap: false });
  await bench.login();
  let restore: () => Promise<void>;
  beforeAll(() => {
    restore = bench.checkpoint();
  });
  afterEach(() => restore());
  afterAll(bench.close);
  return bench;
}

/** The settings of a site without LDAP. */
export function withoutLdap(toml: string): string {
  return toml.replace(/\[ldap\][\s\S]*?(?=\[session\])/, '');
}

/** Adds a notebook of alice to the cloud as if it had been created, with these differences. */
export function addNotebook(
  { sandbox }: Pick<Workbench, 'sandbox'>,
  name: string,
  { metadata, ...more }: Partial<AddedServer> = {},
): CloudServer {
  return sandbox.cloud.addServer({
    user: 'alice',
    name: `nb-alice-${name}`,
    tags: ['nubes-nb', 'nubes-nb.u=alice', `nubes-nb.n=${name}`],
    ...more,
    metadata: {
      'nubes-nb:schema': '1',
      'nubes-nb:user': 'alice',
      'nubes-nb:notebook': name,
      'nubes-nb:ref': `alice/${name}`,
      'nubes-nb:request': randomUUID(),
      ...metadata,
    },
  });
}

interface Clock {
  readonly now: () => Date;
  readonly checkpoint: () => () => void;
  readonly pass: (milliseconds: number) => void;
  readonly wait: (milliseconds: number) => Promise<void>;
}

function virtualClock(): Clock {
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  const pass = (milliseconds: number) => {
    ahead += milliseconds;
  };
  return {
    now,
    checkpoint: () => {
      const kept = ahead;
      return () => {
        ahead = kept;
      };
    },
    pass,
    wait: async (milliseconds) => {
      // Concurrent waits end at the same virtual time.
      const end = now().getTime() + milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
      pass(Math.max(0, end - now().getTime()));
    },
  };
}

function fastClock(speed: number): Clock {
  const start = Date.now();
  let ahead = 0;
  return {
    now: () => new Date(start + (Date.now() - start) * speed + ahead),
    checkpoint: () => {
      throw new Error('This clock does not stand still.');
    },
    pass: (milliseconds) => {
      ahead += milliseconds;
    },
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds / speed)),
  };
}

function computer(sandbox: Sandbox, clock: Clock, homes: string[] = []): Workbench {
  const home = mkdtempSync(join(tmpdir(), 'nubes-nb-test-'));
  homes.push(home);
  const configFolder = join(home, '.config', 'nubes-nb');
  mkdirSync(configFolder, { recursive: true });
  const configFile = join(configFolder, 'config.toml');
  writeFileSync(configFile, sandbox.settingsToml);
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  writeFileSync(join(home, '.ssh', 'id_ed25519.pub'), testKey);
  const variables = environments(home);

  const nb = async (words: string | readonly string[], options: CallOptions = {}) => {
    const argv = typeof words === 'string' ? words.split(' ').filter((word) => word !== '') : words;
    const stdout = collector(options.terminal);
    const stderr = collector(options.terminal);
    const stdin = input(options);
    typeAnswers(stdin, stderr, options);
    const interruption = options.interruption ?? new AbortController();
    let waited = 0;
    const world: World = {
      environment: variables(options),
      home,
      sshHome: options.sshHome ?? home,
      cwd: home,
      platform: process.platform,
      architecture: process.arch,
      nodeVersion: process.versions.node,
      userId: process.geteuid?.(),
      hostname: 'laptop',
      self: {
        command:
          options.ownScript === undefined
            ? [process.execPath, 'bin/nubes-nb.js']
            : ['/bin/sh', options.ownScript],
        keychainCommand: [process.execPath, 'dist/keychain-main.js'],
        root: process.cwd(),
        pid: process.pid,
      },
      stdin,
      stdout: options.stdout ?? stdout.stream,
      stderr: stderr.stream,
      now: clock.now,
      sleep: async (milliseconds, signal) => {
        await options.onSleep?.(waited);
        if (signal?.aborted) throw signal.reason;
        waited += milliseconds;
        await clock.wait(milliseconds);
        if (signal?.aborted) throw signal.reason;
      },
      random: () => 0.5,
      interrupted: interruption.signal,
      passSignals: () => () => {},
      ...(options.keytar === undefined ? {} : { keytar: options.keytar }),
    };
    const code = await run(argv, world);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  };

  const login = (who = 'alice') =>
    nb(['login', '--username', who, '--project', 'jupyter-notebooks', '--password-stdin'], {
      stdin: `${sandbox.people.find(({ name }) => name === who)?.password ?? ''}\n`,
    });

  return {
    sandbox,
    home,
    stateFolder: join(home, '.local', 'state', 'nubes-nb'),
    configFile,
    configure: (edit) => writeFileSync(configFile, edit(readFileSync(configFile, 'utf8'))),
    nb,
    login,
    pass: clock.pass,
    now: clock.now,
    secondComputer: () => computer(sandbox, clock, homes),
    checkpoint: () => {
      const restoreSandbox = sandbox.checkpoint();
      const restoreClock = clock.checkpoint();
      const count = homes.length;
      const restoreHomes = homes.map(saveFiles);
      return async () => {
        restoreClock();
        await restoreSandbox();
        for (const added of homes.splice(count)) rmSync(added, { recursive: true, force: true });
        for (const restoreHome of restoreHomes) restoreHome();
      };
    },
    close: async () => {
      await sandbox.close();
      for (const each of homes) rmSync(each, { recursive: true, force: true });
    },
  };
}

/**
 * The variables of a call. Calls whose ssh is the same and reads the same files share an object, by which the
 * program knows what `ssh -G` has printed: hundreds of processes less.
 */
function environments(home: string): (options: CallOptions) => World['environment'] {
  const usual = {
    NUBES_NB_SITE_CONFIG: join(home, 'no-site.toml'),
    PATH: process.env['PATH'],
    TERM: 'xterm',
  };
  const shared = new Map<string, World['environment']>();
  return ({ environment = {}, interruption, sshHome, samePrograms = false }) => {
    const own = { ...usual, ...environment };
    const mayDiffer = interruption !== undefined || 'PATH' in environment;
    const isAlone = sshHome !== undefined || 'HOME' in environment;
    if (isAlone || (mayDiffer && !samePrograms)) return own;
    const key = JSON.stringify(environment);
    const known = shared.get(key) ?? own;
    shared.set(key, known);
    return known;
  };
}

function input({ stdin, terminal }: CallOptions): PassThrough {
  const stream = new PassThrough();
  if (terminal !== undefined) Object.assign(stream, { isTTY: true, setRawMode: () => stream });
  else stream.end(stdin ?? '');
  return stream;
}

/** Each prompt is searched for after the previous one, which stays on the screen. */
function typeAnswers(
  stdin: PassThrough,
  { stream, text }: ReturnType<typeof collector>,
  { answers = [], onAnswer }: Pick<CallOptions, 'answers' | 'onAnswer'>,
): void {
  const left = [...answers];
  let from = 0;
  stream.on('data', () => {
    const [shown, typed] = left[0] ?? [];
    if (shown === undefined || typed === undefined) return;
    if (!stripVTControlCharacters(text().slice(from)).includes(shown)) return;
    from = text().length;
    left.shift();
    // A prompt is drawn just before it reads keys.
    setImmediate(() => {
      onAnswer?.();
      stdin.write(typed);
    });
  });
}

function collector(columns: number | undefined): { stream: PassThrough; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (columns !== undefined) Object.assign(stream, { isTTY: true, columns });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

/** Nova only gets public keys. */
export const testKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ1aWx0LWZvci10ZXN0cy1vbmx5LW5vLXByaXZhdGUt test\n';
