import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { execa } from 'execa';
import type { Installed } from './installed.ts';

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** On a terminal: what is typed as soon as the screen shows the text before it, in this order. */
  readonly answers?: readonly (readonly [shown: string, typed: string])[];
  /** Interrupted as soon as stderr shows this. */
  readonly until?: string;
}

/** A computer with the installed program, and a cloud that the program itself runs. */
export interface Computer {
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly installed: Installed;
  readonly passwordOf: (user: string) => string;
  /** Where processes write which parts of the program they ran. */
  readonly coverage: string;
  readonly nb: (words: readonly string[], options?: CallOptions) => Promise<Ended>;
  readonly close: () => Promise<void>;
}

export async function startComputer(
  install: (folder: string) => Promise<Installed>,
): Promise<Computer> {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-packed-'));
  const [home, coverage] = [join(folder, 'home'), join(folder, 'coverage')];
  mkdirSync(home);
  mkdirSync(coverage);
  const installed = await install(folder);
  const own = {
    HOME: home,
    PATH: [installed.bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    NODE_V8_COVERAGE: coverage,
    TERM: 'xterm-256color',
  };
  const sandbox = execa('nubes-nb', ['sandbox', 'start', '--stand-in', '--json'], {
    ...{ cwd: home, env: own, extendEnv: false, reject: false, buffer: false },
  });
  const [variables, passwords] = await Promise.all([
    linesUntil(sandbox.stdout, /^}/m).then((text) => JSON.parse(text).variables),
    linesUntil(sandbox.stderr, /^ *quinn .*\n/m),
  ]);
  const environment = { ...own, ...variables, PATH: own.PATH };
  return {
    ...{ home, environment, installed, coverage },
    passwordOf: (user) => new RegExp(`^ *${user} +(\\S+)$`, 'm').exec(passwords)?.[1] ?? '',
    nb: (words, options = {}) => {
      const call = { home, environment: { ...environment, ...options.environment } };
      return options.answers === undefined
        ? inPipes(words, call, options)
        : onTerminal(words, call, options.answers);
    },
    close: async () => {
      sandbox.kill('SIGINT');
      await sandbox;
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

interface Call {
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
}

async function inPipes(
  words: readonly string[],
  { home, environment }: Call,
  { input = '', until }: CallOptions,
): Promise<Ended> {
  const child = execa('nubes-nb', words, {
    ...{ cwd: home, env: environment, extendEnv: false, reject: false, input },
  });
  if (until !== undefined) {
    let shown = '';
    child.stderr.on('data', (chunk: Buffer) => {
      const before = shown.includes(until);
      shown += String(chunk);
      if (!before && shown.includes(until)) child.kill('SIGINT');
    });
  }
  const { exitCode, stdout, stderr } = await child;
  return { exitCode, stdout, stderr };
}

/** Runs on a terminal; all that it shows is in `stdout` as well as `stderr`. */
function onTerminal(
  words: readonly string[],
  { home, environment }: Call,
  answers: readonly (readonly [shown: string, typed: string])[],
): Promise<Ended> {
  return new Promise((resolve) => {
    const terminal = spawn('nubes-nb', [...words], {
      ...{ cwd: home, env: { ...environment }, cols: 120, rows: 40 },
    });
    const left = [...answers];
    let shown = '';
    let from = 0;
    terminal.onData((data) => {
      shown = stripVTControlCharacters(shown + data);
      const [next] = left;
      const at = next === undefined ? -1 : shown.indexOf(next[0], from);
      if (next === undefined || at < 0) return;
      left.shift();
      from = at + next[0].length;
      terminal.write(next[1]);
    });
    terminal.onExit(({ exitCode }) => resolve({ exitCode, stdout: shown, stderr: shown }));
  });
}

async function linesUntil(stream: NodeJS.ReadableStream, end: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (end.test(text)) resolve(text);
    });
    stream.on('end', () => reject(new Error(`The sandbox ended: ${text}`)));
  });
}
