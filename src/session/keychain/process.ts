import { type ChildProcess, spawn } from 'node:child_process';
import { childEnvironment } from '../../child-environment.ts';
import { withStreams } from '../../spawned.ts';
import type { World } from '../../world.ts';
import { answerQuestion } from './answer.ts';
import {
  type KeychainAnswer,
  type KeychainQuestion,
  type KeychainReason,
  KeychainRefusal,
  type KeychainValue,
} from './protocol.ts';

export type KeychainWorld = Pick<
  World,
  'keytar' | 'environment' | 'self' | 'platform' | 'interrupted' | 'stderr'
>;

export interface KeychainOptions {
  readonly timeoutMs?: number | undefined;
  /** Called once if an answer takes so long that it may wait for the user. */
  readonly onWaiting?: (() => void) | undefined;
}

/** Throws KeychainRefusal, or the reason of the interruption. */
type AskKeychain = (
  question: KeychainQuestion,
  options?: KeychainOptions,
) => Promise<KeychainValue>;

export interface Keychain {
  /** Starts the process, for a question that will follow. */
  readonly prepare: () => void;
  readonly ask: AskKeychain;
}

/** For a person who has to find a dialog and type a password; KWallet shows two on its first use. */
const dialogTimeoutMs = 120_000;
const unattendedTimeoutMs = 10_000;
const waitingMs = 3_000;
/** A write that waits for no dialog takes less; Ctrl-C lets it finish. */
const writeGraceMs = 500;
const idleMs = 5_000;

const refusals: readonly KeychainReason[] = [
  'timeout',
  'ended',
  'not-unlocked',
  'unreadable',
  'not-deleted',
  'other-locked',
  'denied',
];

const opened = new WeakMap<object, Keychain>();

/**
 * Asks the keychain in a child process, one for each run of the program: a call inside libsecret that waits
 * for a dialog cannot be given up, and Node does not exit while it lasts, but a process can be killed.
 */
export function keychainOf(world: KeychainWorld): Keychain {
  const known = opened.get(world);
  if (known !== undefined) return known;
  const { prepare, start } =
    world.keytar === undefined ? childOf(world) : inProcess(world, world.keytar);
  const ask = inTurn(rememberingRefusal(withLimits(world, start)));
  const keychain = { prepare, ask };
  opened.set(world, keychain);
  return keychain;
}

interface Asked {
  readonly answer: Promise<KeychainAnswer>;
  readonly giveUp: () => void;
}

interface Answering {
  readonly prepare: () => void;
  readonly start: (question: KeychainQuestion) => Asked;
}

function withLimits(world: KeychainWorld, start: Answering['start']): AskKeychain {
  return async (question, { timeoutMs = defaultTimeout(world), onWaiting } = {}) => {
    const { interrupted } = world;
    const graceMs = question.ask === 'set' || question.ask === 'delete' ? writeGraceMs : 0;
    if (interrupted.aborted && graceMs === 0) throw interrupted.reason;
    const { answer, giveUp } = start(question);
    const limits = new AbortController();
    const after = (milliseconds: number, act: () => void) => {
      const timer = setTimeout(act, milliseconds);
      limits.signal.addEventListener('abort', () => clearTimeout(timer));
    };
    const ended = new Promise<never>((_resolve, reject) => {
      const onInterrupted = () => after(graceMs, () => reject(interrupted.reason));
      if (interrupted.aborted) onInterrupted();
      else interrupted.addEventListener('abort', onInterrupted, { signal: limits.signal });
      after(timeoutMs, () => reject(new KeychainRefusal('timeout')));
      if (onWaiting !== undefined) after(waitingMs, onWaiting);
    });
    try {
      const result = await Promise.race([answer, ended]);
      if ('reason' in result) throw new KeychainRefusal(result.reason);
      return result.value;
    } catch (error) {
      if (!(error instanceof KeychainRefusal) || error.reason === 'timeout') giveUp();
      throw error;
    } finally {
      limits.abort();
    }
  };
}

function defaultTimeout({ environment, platform, stderr }: KeychainWorld): number {
  const hasDesktop =
    platform === 'darwin' ||
    platform === 'win32' ||
    Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY']);
  return hasDesktop || stderr.isTTY ? dialogTimeoutMs : unattendedTimeoutMs;
}

/** One question after the other, so that there is one dialog at a time. */
function inTurn(ask: AskKeychain): AskKeychain {
  let last: Promise<unknown> = Promise.resolve();
  return (question, options) => {
    const answer = last.then(() => ask(question, options));
    last = answer.catch(() => {});
    return answer;
  };
}

/** A user who did not answer or agree is not asked again by the same command. */
function rememberingRefusal(ask: AskKeychain): AskKeychain {
  let refusal: KeychainRefusal | undefined;
  return async (question, options) => {
    if (refusal !== undefined) throw refusal;
    try {
      return await ask(question, options);
    } catch (error) {
      if (error instanceof KeychainRefusal && refusals.includes(error.reason)) refusal = error;
      throw error;
    }
  };
}

function inProcess({ platform }: KeychainWorld, keytar: NonNullable<World['keytar']>): Answering {
  const provider = {
    platform,
    keytar: async () => keytar,
    secretService: async () => undefined,
  };
  return {
    prepare: () => {},
    start: (question) => ({ answer: answerQuestion(provider, question), giveUp: () => {} }),
  };
}

interface Running {
  readonly child: ChildProcess;
  receive: (answer: KeychainAnswer) => void;
  idle: NodeJS.Timeout | undefined;
}

function childOf(world: KeychainWorld): Answering {
  let running: Running | undefined;

  const spawned = (): Running => {
    const { self, environment } = world;
    const [program, ...words] = self.keychainCommand;
    const child = withStreams(
      spawn(program, words, {
        // The user's folder may have been deleted.
        cwd: '/',
        env: childEnvironment('keychain', environment),
        stdio: ['pipe', 'pipe', 'ignore'],
        windowsHide: true,
      }),
    );
    const started: Running = { child, receive: () => {}, idle: undefined };
    const fail = () => {
      if (running === started) running = undefined;
      started.receive({ reason: 'other' });
    };
    child.on('error', fail).on('exit', fail);
    child.stdin?.on('error', fail);
    onLines(child, (line) => started.receive(answerIn(line)));
    // A question has a timer, which keeps this process alive for as long as it needs.
    for (const part of [child, child.stdin, child.stdout]) {
      if (part !== null && 'unref' in part && typeof part.unref === 'function') part.unref();
    }
    return started;
  };

  const prepared = (): Running => {
    running ??= spawned();
    return running;
  };

  const start = (question: KeychainQuestion): Asked => {
    const asked = prepared();
    clearTimeout(asked.idle);
    return {
      answer: new Promise((resolve) => {
        asked.receive = (answer) => {
          asked.receive = () => {};
          // It ends with its input; a tunnel, for example, may run for days.
          asked.idle = setTimeout(() => {
            if (running === asked) running = undefined;
            asked.child.stdin?.end();
          }, idleMs).unref();
          resolve(answer);
        };
        asked.child.stdin?.write(`${JSON.stringify(question)}\n`);
      }),
      giveUp: () => {
        if (running === asked) running = undefined;
        asked.child.kill('SIGKILL');
      },
    };
  };

  return { prepare: () => void prepared(), start };
}

function onLines({ stdout }: ChildProcess, receive: (line: string) => void): void {
  let text = '';
  stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${text}${chunk}`.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) receive(line);
  });
}

/** The other side is this program. */
function answerIn(line: string): KeychainAnswer {
  const answer: KeychainAnswer = JSON.parse(line);
  return answer;
}
