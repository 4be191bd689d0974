import { once } from 'node:events';
import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { PassThrough } from 'node:stream';
import { openTerminal } from '../../src/terminal/open.ts';
import type { GlobalFlags, World } from '../../src/world.ts';

export interface FakeTerminalOptions {
  readonly isTty?: boolean;
  readonly stderrIsTty?: boolean;
  readonly stdinIsTty?: boolean;
  readonly columns?: number;
  readonly environment?: Record<string, string>;
  readonly flags?: GlobalFlags;
  readonly input?: string | Uint8Array;
  readonly interrupted?: AbortSignal;
}

/** A terminal on in-memory streams, with a clock that only `advance` moves. */
export function fakeTerminal(options: FakeTerminalOptions = {}) {
  const stdin = Object.assign(new PassThrough(), {
    isTTY: options.stdinIsTty === true,
    setRawMode: () => stdin,
  });
  const stdout = output(options.isTty, options.columns);
  const stderr = output(options.stderrIsTty ?? options.isTty, options.columns);
  if (options.input !== undefined) stdin.end(options.input);
  let time = Date.parse('2026-11-22T12:00:00Z');
  const world: World = {
    environment: options.environment ?? {},
    home: '/home/abc12345',
    cwd: '/home/abc12345',
    platform: 'linux',
    hostname: 'laptop',
    architecture: 'x64',
    nodeVersion: 'v20.20.2',
    userId: process.geteuid?.(),
    self: { command: ['nubes-nb'], keychainCommand: ['keychain'], root: '/', pid: 1 },
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    now: () => new Date(time),
    sleep: () => Promise.resolve(),
    random: () => 0.5,
    interrupted: options.interrupted ?? new AbortController().signal,
    passSignals: () => () => {},
  };
  return {
    world,
    stdin,
    terminal: openTerminal(world, options.flags ?? {}),
    stdout: stdout.text,
    stderr: stderr.text,
    /** Resolves as soon as stderr contains the text. */
    shown: (text: string) => stderr.shown(text),
    advance: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

function output(isTty = false, columns = 80) {
  const plain = new PassThrough();
  const stream = isTty ? Object.assign(plain, terminalParts(plain, columns)) : plain;
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    stream.emit('shown');
  });
  const shown = async (part: string) => {
    while (!text.includes(part)) await once(stream, 'shown');
  };
  return { stream, text: () => text, shown };
}

/** The members by which libraries recognise a `tty.WriteStream`. */
function terminalParts(stream: PassThrough, columns: number) {
  return {
    isTTY: true,
    columns,
    cursorTo: (x: number) => cursorTo(stream, x),
    moveCursor: (x: number, y: number) => moveCursor(stream, x, y),
    clearLine: (direction: -1 | 0 | 1) => clearLine(stream, direction),
  };
}
