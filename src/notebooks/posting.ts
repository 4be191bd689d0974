import { NubesError } from '../errors.ts';
import * as keypairs from '../openstack/compute/keypairs.ts';
import type { Server, ServerSpec } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import { ApiError, ConnectionError, isStatus } from '../openstack/errors.ts';
import type { PublicKey } from '../ssh/keys.ts';
import { requestOf } from './identity.ts';
import type { Desk } from './notebooks.ts';
import { until } from './waiting.ts';

/**
 * For so long the server of a lost answer is looked for, in ms. Nova lists what it has accepted, a few
 * seconds late at most; but where the answer only took too long, Nova may be at work on it still.
 */
const lookingFor = { cut: 12_000, late: 30_000 };

/** Nova's 400 for an unknown key pair is a refusal: nothing was made, so a second request is safe. */
export async function postOnce(
  desk: Desk,
  spec: ServerSpec,
  key: PublicKey,
): Promise<{ id: string }> {
  try {
    return await servers.create(desk.compute, spec);
  } catch (error) {
    const keyMissing =
      error instanceof ApiError && error.status === 400 && /key_?name|keypair/i.test(error.detail);
    if (!keyMissing) throw error;
    await keypairs.importKey(desk.compute, spec.keyName, key.line).catch(orThere);
    return servers.create(desk.compute, spec);
  }
}

/** Another shell may have imported the same key a moment ago. */
function orThere(error: unknown): void {
  if (!isStatus(error, 409)) throw error;
}

/** Whether a server may have been made although no answer says so. */
export function isAmbiguous(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.sent;
  return (
    error instanceof ApiError && (error.status >= 500 || error.status < 400 || error.status === 408)
  );
}

/**
 * The server that a request with a lost answer made, once Nova lists it. A look that fails has not
 * seen it yet. Undefined when it is not seen in time, or the user has enough of looking.
 */
export async function adopt(
  desk: Desk,
  { name, request }: { readonly name: string; readonly request: string },
  lost: unknown,
): Promise<Server | undefined> {
  const { world, lookout } = desk;
  const deadline = world.now().getTime() + (isLate(lost) ? lookingFor.late : lookingFor.cut);
  const look = async () => {
    const own = await lookout.named(name).catch(() => []);
    return own.find((server) => requestOf(server) === request);
  };
  return until({ world, deadline }, look).catch((error: unknown) => {
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
export function refusalInWords(error: unknown): unknown {
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
