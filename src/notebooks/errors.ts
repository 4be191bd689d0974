import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { type ApiError, isStatus } from '../openstack/errors.ts';
import { nameOf } from './identity.ts';
import type { Notebook } from './notebook.ts';
import type { NotebookStatus } from './status.ts';

export function noSuchNotebook(name: string): NubesError {
  return new NubesError('NOT_FOUND', `You have no notebook named ${name}.`, {
    hint: 'nubes-nb ls shows the ones you have.',
  });
}

export function noAddress(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} has no address yet.`, {
    hint: `nubes-nb wait ${name}`,
  });
}

/** Of a direct notebook whose certificate neither console nor ssh has told. */
export function certificateUnknown(name: string): NubesError {
  return new NubesError(
    'TLS_UNTRUSTED',
    `The certificate of ${name} is not known here, so its token goes into no https URL.`,
    {
      hint: `nubes-nb open ${name} --tunnel goes by ssh; while it comes up, nubes-nb wait ${name} hears of it.`,
    },
  );
}

export function nameTaken(name: string, status: string): NubesError {
  return new NubesError('NAME_TAKEN', `${name} exists already (${status}).`, {
    hint: `nubes-nb show ${name}, or choose another name.`,
  });
}

/** A name is wished for that a broken VM has, which nothing but a deletion mends. */
export function existsInError(name: string, fault: string | undefined): NubesError {
  const why = fault?.trim().replace(/\.$/, '') || 'Nova gives no reason';
  return new NubesError('WRONG_STATE', `${name} is there, but in the state error: ${why}.`, {
    hint: `nubes-nb delete ${name}, then the same command again makes it anew.`,
  });
}

export function beingDeleted(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} is being deleted.`, {
    hint: 'the same command again makes it anew once it is gone.',
  });
}

/** Nova's fault in words. The VM is kept: it holds quota, and its owner may want to look. */
export function inErrorState(server: Server): NubesError {
  const name = nameOf(server);
  const fault = server.fault?.message.trim() || 'Nova gives no reason';
  return /no valid host/i.test(fault)
    ? new NubesError('NO_CAPACITY', `The cloud has no room for ${name} now (Nova: ${fault}).`, {
        hint: `nubes-nb delete ${name}, then try a smaller --size, or later.`,
      })
    : new NubesError(
        'BUILD_FAILED',
        `Nova could not bring ${name} up: ${fault}.`.replace('..', '.'),
        {
          hint: `nubes-nb delete ${name} removes it; it counts towards the quota until then.`,
        },
      );
}

/** A failure that leaves a notebook worth showing: what was reached before it. */
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

/** A VM is no more, so there is nothing to tell of it. */
export class VmGone extends NubesError {}

export function deletedMeanwhile(name: string): VmGone {
  return new VmGone('CONFLICT', `The VM of ${name} was deleted meanwhile.`, {
    hint: 'nubes-nb ls shows what is there.',
  });
}

export function lostRace(name: string): VmGone {
  return new VmGone(
    'NAME_TAKEN',
    `Another shell created ${name} at the same time and was first; the second VM was removed.`,
    { hint: `nubes-nb show ${name} shows the one that stays.` },
  );
}

/** Whoever was asked what to delete was not asked about it. */
export function createdAfterPlan(name: string): NubesError {
  return new NubesError(
    'CONFLICT',
    `${name} has come up since this command looked, and is left alone.`,
    { hint: `nubes-nb delete ${name}` },
  );
}

export function notRunning(name: string, status: NotebookStatus): NubesError {
  const then: Partial<Record<NotebookStatus, string>> = {
    stopped: `nubes-nb start ${name}`,
    creating: `nubes-nb wait ${name}`,
    starting: `nubes-nb wait ${name}`,
  };
  return new NubesError('WRONG_STATE', `${name} cannot be reached: it is ${status}.`, {
    hint: then[status] ?? `nubes-nb show ${name} tells more.`,
  });
}

export function notDirect(name: string): NubesError {
  return new NubesError(
    'WRONG_STATE',
    `${name} is reached through a tunnel, which needs no certificate.`,
    { hint: 'nubes-nb create NAME --access direct makes one that is reached by https.' },
  );
}

export function alreadyStopped(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} cannot be restarted: it is stopped.`, {
    hint: `nubes-nb start ${name}`,
  });
}

export function wrongState(name: string, status: string, done: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} cannot be ${done}: it is in the state ${status}.`, {
    hint: `nubes-nb show ${name} tells more.`,
  });
}

export function lockedInNova(name: string): NubesError {
  return new NubesError('NOT_ALLOWED', `${name} is protected: its VM is locked in Nova.`, {
    hint: 'openstack server unlock takes the lock away, where it is yours.',
  });
}

/** Throws a 409 of Nova's in words, and anything else as it is: a task is in the way. */
export function explainConflict(name: string): (error: unknown) => never {
  return (error) => {
    throw isStatus(error, 409) ? inTheWay(name, error) : error;
  };
}

function inTheWay(name: string, error: ApiError): NubesError {
  return new NubesError('WRONG_STATE', `Nova refused: ${error.detail}`, {
    hint: `nubes-nb show ${name} tells its state.`,
    requestId: error.requestId,
  });
}

/** The one wording of a time-out: what had not happened when the time ran out. */
export function timedOut(what: string, hint: string): NubesError {
  return new NubesError('TIMED_OUT', `Timed out: ${what}.`, { hint });
}

export function notReadyInTime(name: string): NubesError {
  return timedOut(
    `${name} is not ready yet; its VM keeps running`,
    `nubes-nb start ${name} waits again (nubes-nb delete ${name} removes it)`,
  );
}

export function stillInProgress(name: string, doing: string, verb: string): NubesError {
  return timedOut(`${name} is still ${doing}`, `nubes-nb ${verb} ${name} waits again`);
}

/** A failure as a warning, with what to do about it. */
export function withHint({ message, hint }: NubesError): string {
  return hint === undefined ? message : `${message} (${hint.replace(/\.$/, '')})`;
}
