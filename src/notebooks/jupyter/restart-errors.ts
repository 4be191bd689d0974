import { capital, interruption, NubesError, sentence, timedOut } from '../../errors.ts';
import type { CommandResult } from '../../ssh/client.ts';
import { scriptExit } from '../connect/exec.ts';
import type { SshConnection } from '../connect/ssh-connection.ts';
import { sshFailure } from '../connect/ssh-failure.ts';
import type { Deps } from '../deps.ts';

export function restartTimedOut({ name }: SshConnection): NubesError {
  return timedOut(
    `Jupyter on ${name} was restarted but does not answer yet`,
    `nubes-nb logs ${name} --source jupyter`,
  );
}

export function restartUnknown({ name }: SshConnection): NubesError {
  return timedOut(
    `the VM of ${name} did not report whether Jupyter was restarted`,
    `nubes-nb show ${name} --probe`,
  );
}

export function restartInterrupted(interrupted: AbortSignal, { name }: SshConnection): NubesError {
  const message = `Stopped waiting; Jupyter on ${name} may be restarting.`;
  return interruption(interrupted, message, `nubes-nb show ${name} --probe`);
}

/** Why the script failed, by its exit code or ssh's. `what` names the change, for messages. */
export async function restartFailed(
  deps: Deps,
  connection: SshConnection,
  { exitCode, stderrTail }: CommandResult,
  what = 'the change',
): Promise<NubesError> {
  const { name } = connection;
  const lastError = stderrTail.at(-1);
  switch (exitCode) {
    case 255:
      return sshFailure(deps, connection, stderrTail);
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
