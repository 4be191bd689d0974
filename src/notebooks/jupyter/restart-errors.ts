import { capital, interruption, NubesError, sentence, timedOut } from '../../errors.ts';
import type { CommandResult } from '../../ssh/client.ts';
import { sshEnd } from '../../ssh/failure.ts';
import { scriptExit } from '../connect/exec.ts';
import type { SshConnection } from '../connect/ssh-connection.ts';
import { sshFailure } from '../connect/ssh-failure.ts';
import type { Deps } from '../deps.ts';

/** A change that is made with the restart, for messages: `the certificate`, and the command that makes it again. */
export interface ChangeWords {
  readonly what?: string;
  readonly retry?: string;
}

export function restartTimedOut({ name }: Named, { what }: ChangeWords): NubesError {
  return timedOut(
    `Jupyter on ${name} was restarted${withChange(what)} but does not answer yet`,
    `nubes-nb logs ${name} --source jupyter`,
  );
}

export function restartUnknown({ name }: Named, { what, retry }: ChangeWords): NubesError {
  return timedOut(
    `the VM of ${name} did not report whether Jupyter was restarted${withChange(what)}`,
    retry ?? `nubes-nb show ${name} --probe`,
  );
}

export function restartInterrupted(
  interrupted: AbortSignal,
  { name }: Named,
  { what, retry }: ChangeWords,
): NubesError {
  const message = `Stopped waiting; Jupyter on ${name} may be restarting${withChange(what)}.`;
  return interruption(interrupted, message, retry ?? `nubes-nb show ${name} --probe`);
}

type Named = Pick<SshConnection, 'name'>;

function withChange(what: string | undefined): string {
  return what === undefined ? '' : ` with ${what}`;
}

/** ssh failed. If it had been connected, the script may have done its work. */
async function sshFailed(
  deps: Deps,
  connection: SshConnection,
  stderr: readonly string[],
  { what, retry }: ChangeWords,
): Promise<NubesError> {
  const error = await sshFailure(deps, connection, stderr);
  if (sshEnd(stderr).reason !== 'lost') return error;
  const { code, message, hint } = error;
  return new NubesError(
    code,
    `${message} Jupyter may have been restarted${withChange(what)} nevertheless.`,
    { hint: retry ?? hint, cause: error },
  );
}

/** Why the script failed, by its exit code or ssh's. */
export async function restartFailed(
  deps: Deps,
  connection: SshConnection,
  { exitCode, stderrTail }: CommandResult,
  words: ChangeWords = {},
): Promise<NubesError> {
  const { what = 'the change' } = words;
  const { name } = connection;
  const lastError = stderrTail.at(-1);
  switch (exitCode) {
    case 255:
      return sshFailed(deps, connection, stderrTail, words);
    case scriptExit.notAllowed:
      return new NubesError(
        'NOT_ALLOWED',
        `Your account on ${name} may not restart Jupyter, or Jupyter is not installed as a service.`,
        { hint: `nubes-nb restart ${name} (the whole VM)` },
      );
    case scriptExit.writeFailed:
      return new NubesError(
        'SERVICE_ERROR',
        `${capital(what)} could not be written on ${name}: ${sentence(lastError, 'it arrived incomplete')}`,
        { hint: `nubes-nb exec ${name} -- df -h` },
      );
    case scriptExit.tlsRejected:
      return new NubesError(
        'CONFIGURATION',
        `The TLS library of Jupyter on ${name} rejects ${what}, which was not installed: ${sentence(lastError, 'it gives no reason')}`,
        {
          hint: 'ask your certificate authority for one with SHA-256 and RSA of at least 2048 bits or EC P-256',
        },
      );
    case scriptExit.notRenewable:
      return new NubesError(
        'WRONG_STATE',
        `${name} was created by a version of nubes-nb that cannot renew tokens.`,
        {
          hint: `nubes-nb url ${name} with the login that created it, or copy your files to a new notebook with nubes-nb cp`,
        },
      );
    case scriptExit.undone:
      return new NubesError(
        'SERVICE_ERROR',
        `Jupyter on ${name} did not start with ${what}, which was undone; it runs as before.`,
        { hint: `nubes-nb logs ${name} --source jupyter` },
      );
    case scriptExit.down:
      return new NubesError(
        'SERVICE_ERROR',
        `Jupyter on ${name} is down: it started neither with ${what} nor, so far, without.`,
        { hint: `nubes-nb restart ${name}` },
      );
    default:
      return new NubesError(
        'SERVICE_ERROR',
        `Jupyter on ${name} could not be restarted: ${sentence(lastError, `exit code ${exitCode}`)}`,
        { hint: `nubes-nb restart ${name} (the whole VM)` },
      );
  }
}
