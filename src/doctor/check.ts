import { type ErrorCode, errorFrom, NubesError, traceOf } from '../errors.ts';
import { inOneLine } from '../hints.ts';
import type { World } from '../world.ts';

/** What one check has found. Fields are only ever added. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'warning' | 'skipped';
  readonly detail: string;
  /** What the user can do, preferably a command. */
  readonly fix: string | null;
  /** The kind of a failure, which gives the exit code. */
  readonly code: ErrorCode | null;
}

export type Finding = Omit<Check, 'name'>;

export function ok(detail: string): Finding {
  return { state: 'ok', detail, fix: null, code: null };
}

export function warning(detail: string, fix: string): Finding {
  return { state: 'warning', detail, fix, code: null };
}

export function skipped(detail: string): Finding {
  return { state: 'skipped', detail, fix: null, code: null };
}

export function failed({ message, hint, code }: NubesError): Finding {
  return {
    state: 'failed',
    detail: message,
    fix: hint === undefined ? null : inOneLine(hint),
    code,
  };
}

const checkTimeoutMs = 10_000;

/** The result of one check, in at most ten seconds; an error is its finding. Throws only an interruption. */
export async function check(
  { interrupted }: Pick<World, 'interrupted'>,
  name: string,
  work: () => Promise<Finding> | Finding,
): Promise<Check> {
  try {
    return { name, ...(await bounded(interrupted, name, async () => work())) };
  } catch (error) {
    const explained = errorFrom(error, interrupted);
    if (interrupted.aborted) throw explained;
    return { name, ...(explained.code === 'BUG' ? bug(explained) : failed(explained)) };
  }
}

/** With the place only: the message of a bug may quote what was read, and the finding is for a ticket. */
function bug(error: NubesError): Finding {
  const place = /^\s+(at .*)$/m.exec(traceOf(error) ?? '')?.[1] ?? 'at an unknown place';
  const fix = 'nubes-nb doctor --bundle FILE writes what to report';
  return { ...failed(error), detail: `${error.message} (${place})`, fix };
}

/** Not by the clock of the world: a connection that hangs does so in real time. */
async function bounded<Result>(
  interrupted: AbortSignal,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  let interrupt = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooSlow(name)), checkTimeoutMs);
    interrupt = () => reject(interrupted.reason);
    interrupted.addEventListener('abort', interrupt);
  });
  return Promise.race([work(), ended]).finally(() => {
    clearTimeout(timer);
    interrupted.removeEventListener('abort', interrupt);
  });
}

function tooSlow(name: string): NubesError {
  const message = `The check of ${name} has not ended within ${checkTimeoutMs / 1_000} seconds.`;
  return new NubesError('TIMED_OUT', message, { hint: 'check the network or VPN, then try again' });
}
