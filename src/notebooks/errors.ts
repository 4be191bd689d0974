import { NubesError, sentence, timedOut, withoutStop } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { type ApiError, isStatus, quotaDetail } from '../openstack/errors.ts';
import { exceededLimits, isOverQuota } from '../openstack/over-quota.ts';
import { nameOf, type Owner } from './identity.ts';
import type { Notebook } from './notebook.ts';
import type { NotebookStatus } from './status.ts';

/** The owner has no notebook of this name, so a similar one may be meant. */
export class NoSuchNotebook extends NubesError {
  readonly notebookName: string;

  constructor(name: string, similar?: string) {
    super('NOT_FOUND', `You have no notebook named ${name}.`, {
      hint:
        similar === undefined ? 'nubes-nb ls shows the ones you have' : `did you mean ${similar}?`,
    });
    this.notebookName = name;
  }
}

/** For `owner/name` of another user. */
export function ofAnotherUser(name: string, owner: string, own: Owner): NubesError {
  return new NubesError(
    'NOT_ALLOWED',
    `${owner}/${name} means a notebook of ${owner}, but you are ${own.name}.`,
    { hint: 'nubes-nb ls shows your own notebooks; only the cloud team can reach those of others' },
  );
}

export function noAddress(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} has no address yet.`, {
    hint: `nubes-nb wait ${name}`,
  });
}

/** For a direct notebook whose certificate this computer has read neither from the console nor over ssh. */
export function certificateUnknown(name: string): NubesError {
  return new NubesError(
    'TLS_UNTRUSTED',
    `Cannot verify the certificate of ${name}, so its token was left out of the URL.`,
    { hint: `nubes-nb wait ${name} if it is starting, else nubes-nb open ${name} --tunnel` },
  );
}

/** An interrupted create may have made it, so the hint continues there. */
export function nameTaken(name: string, status: string): NubesError {
  const isComing = status === 'creating' || status === 'starting';
  const resume = isComing ? `nubes-nb wait ${name}` : `nubes-nb show ${name}`;
  return new NubesError('NAME_TAKEN', `${name} exists already (${status}).`, {
    hint: `${resume}, or the same command with --if-exists start, or choose another name`,
  });
}

/** Nova's reason for the status ERROR, as a sentence. */
function faultOf(server: Server): string {
  return sentence(server.fault?.message, 'Nova gives no reason');
}

/** The name of a create belongs to a VM in ERROR, and only deleting it frees the name. */
export function existsInError(server: Server): NubesError {
  const name = nameOf(server);
  return new NubesError('WRONG_STATE', `${name} exists in the state error: ${faultOf(server)}`, {
    hint: `nubes-nb delete ${name}, then run the same command again`,
  });
}

export function beingDeleted(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} is being deleted.`, {
    hint: 'run the same command again once it is gone',
  });
}

/** The VM is kept, so that the user can inspect it. It counts towards the quota. */
export function inErrorState(server: Server): NubesError {
  const name = nameOf(server);
  const fault = faultOf(server);
  if (isOverQuota(fault)) return overQuotaAfterAll(name, fault);
  return noRoom.test(fault)
    ? new NubesError('NO_CAPACITY', `The cloud has no room for ${name} now: ${fault}`, {
        hint: `nubes-nb delete ${name}, then try a smaller --size, or later`,
      })
    : new NubesError('BUILD_FAILED', `Nova could not build ${name}: ${fault}`, {
        hint: `nubes-nb delete ${name}; until then it counts towards the quota`,
      });
}

/** No host has enough left, or the network no address. */
const noRoom =
  /no valid host|insufficient compute resources|no (?:more )?fixed ip|no more ip addresses/i;

/** Nova counts again after it has accepted a request, as others may have been faster. */
function overQuotaAfterAll(name: string, fault: string): NubesError {
  const [{ hint } = { hint: 'nubes-nb ls shows what you hold' }] = exceededLimits(fault);
  const why = quotaDetail(fault);
  return new NubesError('QUOTA_EXCEEDED', `Nova accepted ${name}, but then had no quota: ${why}.`, {
    hint: `nubes-nb delete ${name}, as it counts too; ${hint}`,
  });
}

/** Nova accepted a deletion that then ended in ERROR. */
export function deletionFailed(server: Server): NubesError {
  const name = nameOf(server);
  return new NubesError('SERVICE_ERROR', `Nova could not delete ${name}: ${faultOf(server)}`, {
    hint: `nubes-nb delete ${name} tries again`,
  });
}

/** A failure after which the notebook still exists, with its last known state. */
export class NotebookError extends NubesError {
  readonly notebook: Notebook;

  constructor(notebook: Notebook, error: NubesError) {
    const { code, message, hint, requestId } = error;
    super(code, message, {
      hint,
      requestId,
      cause: error instanceof NotebookError ? error.cause : error,
    });
    this.notebook = notebook;
  }
}

/** The VM no longer exists, so there is no notebook to show. */
export class VmGone extends NubesError {}

export function deletedMeanwhile(name: string): VmGone {
  return new VmGone('CONFLICT', `The VM of ${name} was deleted by another command.`, {
    hint: 'nubes-nb ls',
  });
}

/** A handler that explains Nova's 404 to a request that changes a server which was just read. */
export function explainMissing(name: string): (error: unknown) => never {
  return (error) => {
    if (!isStatus(error, 404)) throw error;
    const { requestId } = error;
    throw new VmGone('NOT_FOUND', `The VM of ${name} was deleted by another command.`, {
      hint: 'nubes-nb ls',
      requestId,
    });
  };
}

export function lostRace(name: string): VmGone {
  return new VmGone(
    'NAME_TAKEN',
    `Another process created ${name} at the same time and was first; the second VM was removed.`,
    { hint: `nubes-nb show ${name}` },
  );
}

/** Created after the confirmation prompt, so the user never agreed to delete it. */
export function createdAfterPlan(name: string): NubesError {
  return new NubesError(
    'CONFLICT',
    `${name} was created after this command began, so it was not deleted.`,
    { hint: `nubes-nb delete ${name}` },
  );
}

export function notRunning(name: string, status: NotebookStatus): NubesError {
  const then: Partial<Record<NotebookStatus, string>> = {
    stopped: `nubes-nb start ${name}`,
    released: `nubes-nb start ${name}`,
    creating: `nubes-nb wait ${name}`,
    starting: `nubes-nb wait ${name}`,
  };
  return new NubesError('WRONG_STATE', `${name} cannot be reached: it is ${status}.`, {
    hint: then[status] ?? `nubes-nb show ${name}`,
  });
}

export function notDirect(name: string): NubesError {
  return new NubesError(
    'WRONG_STATE',
    `${name} is reached through a tunnel, which needs no certificate.`,
    { hint: 'nubes-nb create NAME --access direct creates one with direct access' },
  );
}

export function alreadyStopped(name: string, status: NotebookStatus): NubesError {
  return new NubesError('WRONG_STATE', `${name} cannot be restarted: it is ${status}.`, {
    hint: `nubes-nb start ${name}`,
  });
}

export function wrongState(name: string, status: string, done: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} cannot be ${done}: it is in the state ${status}.`, {
    hint: `nubes-nb show ${name}`,
  });
}

export function lockedInNova(name: string): NubesError {
  return new NubesError('NOT_ALLOWED', `${name} is protected: its VM is locked in Nova.`, {
    hint: 'openstack server unlock removes the lock, if you may',
  });
}

/** A handler that explains Nova's 409 (the server's state or task does not allow it) and rethrows other errors. */
export function explainConflict(name: string): (error: unknown) => never {
  return (error) => {
    throw isStatus(error, 409) ? conflict(name, error) : error;
  };
}

function conflict(name: string, error: ApiError): NubesError {
  return new NubesError(
    'WRONG_STATE',
    `Nova refused: ${sentence(error.detail, 'the state of the VM does not allow it')}`,
    {
      hint: `nubes-nb show ${name}`,
      requestId: error.requestId,
    },
  );
}

export function notCreatedInTime(name: string, service: string): NubesError {
  return timedOut(
    `${service} did not answer, so ${name} was not created`,
    'run the same command with a longer --timeout',
  );
}

export function stillInProgress(name: string, doing: string, verb: string): NubesError {
  return timedOut(`${name} is still ${doing}`, `nubes-nb ${verb} ${name} waits again`);
}

export function isLoginEnd(error: unknown): error is NubesError {
  return error instanceof NubesError && ['SESSION_EXPIRED', 'NOT_LOGGED_IN'].includes(error.code);
}

/** A failure as one line, for a warning. */
export function withHint({ message, hint }: NubesError): string {
  return hint === undefined ? message : `${message} (${withoutStop(hint)})`;
}
