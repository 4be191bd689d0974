import { NubesError } from '../../errors.ts';
import * as keypairs from '../../openstack/compute/keypairs.ts';
import type { Server, ServerSpec } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { ApiError, ConnectionError, isStatus } from '../../openstack/errors.ts';
import type { PublicKey } from '../../ssh/keys.ts';
import type { Deps } from '../deps.ts';
import { requestOf } from '../identity.ts';
import { poll, within } from '../waiting.ts';

/**
 * For so long the server of a lost answer is looked for, in ms. Nova lists what it has accepted, a few
 * seconds late at most; but where the answer only took too long, Nova may be at work on it still.
 */
const lookingFor = { cut: 12_000, late: 30_000 };

/** What Nova made; or why nobody can tell whether it made anything. */
export type PostResult = { readonly id: string } | { readonly lost: unknown };

/**
 * Asks Nova once. Its 400 for an unknown key pair is a refusal: nothing was made, so a second request
 * is safe. Throws what surely made nothing.
 */
export async function postOnce(deps: Deps, spec: ServerSpec, key: PublicKey): Promise<PostResult> {
  try {
    return await post(deps, spec);
  } catch (error) {
    const keyMissing =
      error instanceof ApiError && error.status === 400 && /key_?name|keypair/i.test(error.detail);
    if (!keyMissing) throw error;
    await keypairs.importKey(deps.compute, spec.keyName, key.line).catch(ignoreConflict);
    return post(deps, spec);
  }
}

async function post(deps: Deps, spec: ServerSpec): Promise<PostResult> {
  return servers.create(deps.compute, spec).catch((lost: unknown) => {
    if (isAmbiguous(lost)) return { lost };
    throw lost;
  });
}

/** Another shell may have imported the same key a moment ago. */
function ignoreConflict(error: unknown): void {
  if (!isStatus(error, 409)) throw error;
}

/** Whether a server may have been made although no answer says so; Keystone, asked for a token, makes none. */
function isAmbiguous(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.service === 'Nova' && error.sent;
  if (!(error instanceof ApiError) || error.service !== 'Nova') return false;
  return error.status >= 500 || error.status < 400 || error.status === 408;
}

/** A server that may be there. */
export interface CreateRequestRef {
  readonly name: string;
  readonly request: string;
  /** Until when it may be looked for, in ms since the epoch. */
  readonly until: number;
}

/**
 * The server that a request with a lost answer made, once Nova lists it. A look that fails has not
 * seen it yet. Undefined when it is not seen in time, or the user has enough of looking.
 */
export async function findCreatedServer(
  deps: Deps,
  { name, request, until: end }: CreateRequestRef,
  lost: unknown,
): Promise<Server | undefined> {
  const { world } = deps;
  const enough = world.now().getTime() + (isLate(lost) ? lookingFor.late : lookingFor.cut);
  const deadline = Math.min(enough, end);
  const { watcher } = within(deps, deadline);
  const look = async () => {
    const own = await watcher.named(name).catch(() => []);
    return own.find((server) => requestOf(server) === request);
  };
  return poll({ world, deadline }, look).catch((error: unknown) => {
    if (!world.interrupted.aborted) throw error;
    return undefined;
  });
}

/** Somebody on the way to Nova gave up waiting for it. */
function isLate(lost: unknown): boolean {
  if (lost instanceof ConnectionError) return lost.reason === 'timeout';
  return lost instanceof ApiError && [408, 504].includes(lost.status);
}

export function unknownOutcome(name: string, cause: unknown): NubesError {
  const requestId = cause instanceof NubesError ? cause.requestId : undefined;
  return new NubesError(
    'OUTCOME_UNKNOWN',
    `Nova did not say whether it made ${name}, and it has not been seen since; the VM may exist.`,
    {
      hint: `nubes-nb show ${name} tells later whether it does; create it again if not.`,
      requestId,
    },
  );
}

/** Nova's refusals that have a better word than its own. */
export function explainRefusal(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { requestId } = error;
  if (error.code === 'QUOTA_EXCEEDED') {
    return new NubesError('QUOTA_EXCEEDED', `Nova refused: ${error.detail}`, {
      hint: 'nubes-nb ls shows what you hold; nubes-nb delete NAME makes room.',
      requestId,
    });
  }
  if (error.status !== 400) return error;
  return new NubesError('CONFIGURATION', `Nova does not take the request: ${error.detail}`, {
    hint: 'nubes-nb config list shows the [notebook] settings that go into it.',
    requestId,
  });
}
