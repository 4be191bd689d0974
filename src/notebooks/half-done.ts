import { interruption, NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { ApiError, durationOf } from '../openstack/errors.ts';
import type { Deps } from './deps.ts';
import { explainMissing, isLoginEnd, NotebookError, VmGone } from './errors.ts';
import { nameOf } from './identity.ts';

/** Two changes of which only the first one has been made, in words. */
export interface HalfDone {
  /** What has been made, without a full stop. */
  readonly done: string;
  /** What has not, or may not have, been made, without a full stop. */
  readonly missing: string;
  /** The command that makes the rest. */
  readonly hint: string;
}

/**
 * The failure of the second of two changes, with what the first one has made: the user would otherwise take both
 * for not done. Any other value than a NubesError is returned as it is.
 */
export function halfDone(
  error: unknown,
  { done, missing, hint }: HalfDone,
  interrupted: AbortSignal,
): unknown {
  const isHalf = `${done}, but ${missing}`;
  if (error instanceof NotebookError) {
    const cause = halfDone(error.cause, { done, missing, hint }, interrupted);
    return cause instanceof NubesError ? new NotebookError(error.notebook, cause) : error;
  }
  if (interrupted.aborted) return interruption(interrupted, `${isHalf}.`, hint);
  if (!(error instanceof NubesError)) return error;
  const { code, message, requestId } = error;
  return new NubesError(code, `${isHalf}: ${message}`, {
    hint: `${before(error)}${hint}`,
    requestId,
    cause: error,
  });
}

/** A failure with one more sentence about what has been done to a VM that exists. Any other value than a NubesError is returned as it is. */
export function withNote(error: unknown, note: string): unknown {
  if (error instanceof NotebookError) {
    const cause = withNote(error.cause, note);
    return cause instanceof NubesError ? new NotebookError(error.notebook, cause) : error;
  }
  if (!(error instanceof NubesError) || error instanceof VmGone) return error;
  if (error.code === 'NOT_FOUND') return error;
  const { code, message, hint, requestId } = error;
  return new NubesError(code, `${message} ${note}`, { hint, requestId, cause: error });
}

/** What has to be done, or to pass, before the command can succeed. */
function before(error: NubesError): string {
  if (error.code === 'NOT_ALLOWED' && error.hint !== undefined) return `${error.hint}, then `;
  const waitMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  if (waitMs >= 1_000) return `in ${durationOf(waitMs)}: `;
  return isLoginEnd(error) ? 'nubes-nb login, then ' : '';
}

/**
 * Writes to Nova's metadata what the VM has already been changed to. `done` says so, and `hint` is the command that
 * repeats both. Throws NOT_FOUND if the VM was deleted meanwhile.
 */
export async function recordChange(
  { compute, world }: Pick<Deps, 'compute' | 'world'>,
  server: Server,
  metadata: Readonly<Record<string, string>>,
  { done, hint }: Pick<HalfDone, 'done' | 'hint'>,
): Promise<void> {
  const written = servers.setMetadata(compute, server.id, metadata);
  await written.catch(explainMissing(nameOf(server))).catch((error: unknown) => {
    if (error instanceof VmGone) throw error;
    // Without a response Nova may have recorded it.
    const missing = 'Nova has not confirmed that it recorded this';
    throw halfDone(error, { done, missing, hint }, world.interrupted);
  });
}
