import { connect } from 'node:net';
import { backOff } from './back-off.ts';
import type { SshTarget } from './target.ts';

/**
 * How far a connection to sshd gets. `no name`: the host does not resolve. `silent`: the port accepts
 * the connection, but no SSH banner follows. `penalty`: sshd of OpenSSH 9.8 or later does not admit this address
 * for some time, as connections from it ended without a login.
 */
export type PortCheck =
  | 'no name'
  | 'no route'
  | 'no answer'
  | 'refused'
  | 'silent'
  | 'penalty'
  | 'answers';

const defaultTimeoutMs = 4_000;
const maxBannerChars = 1_024;

/** Connects to the SSH port of a VM and waits for its banner, without ssh. */
export function checkSshPort(
  { host, port }: Pick<SshTarget, 'host' | 'port'>,
  timeoutMs = defaultTimeoutMs,
): Promise<PortCheck> {
  return new Promise((resolve) => {
    let connected = false;
    const socket = connect({ host, port });
    const end = (check: PortCheck) => {
      socket.destroy();
      resolve(check);
    };
    socket.setTimeout(timeoutMs);
    socket.on('connect', () => {
      connected = true;
    });
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text = (text + chunk).slice(0, maxBannerChars);
      if (/^SSH-/m.test(text)) end('answers');
      if (text.includes('Not allowed at this time')) end('penalty');
    });
    socket.on('timeout', () => end(connected ? 'silent' : 'no answer'));
    socket.on('close', () => end(connected ? 'silent' : 'no answer'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(checkFrom(error.code)));
  });
}

function checkFrom(code: string | undefined): PortCheck {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no name';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'no route';
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'ECONNRESET' ? 'silent' : 'no answer';
}

/** Port checks that run while the caller does something else. */
export interface BackgroundPortCheck {
  /** Starts a check unless one runs, sshd has answered, or it is too early for another one. */
  readonly start: (target: Pick<SshTarget, 'host' | 'port'>) => void;
  /** The result of the last check, after the running one. */
  readonly result: () => Promise<PortCheck | undefined>;
  readonly last: () => PortCheck | undefined;
  readonly stop: () => void;
}

interface PortCheckOptions {
  readonly timeoutMs: number;
  readonly now: () => Date;
  /** Called once, when sshd first answers. */
  readonly onAnswer: (host: string) => void;
}

export function backgroundPortCheck({
  timeoutMs,
  now,
  onAnswer,
}: PortCheckOptions): BackgroundPortCheck {
  const pause = backOff(now);
  let last: PortCheck | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;
  const run = async (target: Pick<SshTarget, 'host' | 'port'>) => {
    last = await checkSshPort(target, timeoutMs);
    running = undefined;
    // The other results show that no sshd has counted the connection.
    if (last === 'silent' || last === 'penalty') pause.extend();
    if (last === 'answers' && !isStopped) onAnswer(target.host);
  };
  return {
    start: (target) => {
      if (last !== 'answers' && pause.isOver()) running ??= run(target);
    },
    result: async () => {
      await running;
      return last;
    },
    last: () => last,
    stop: () => {
      isStopped = true;
    },
  };
}
