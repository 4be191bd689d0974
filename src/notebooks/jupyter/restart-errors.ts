import { capital, NubesError, sentence, timedOut } from '../../errors.ts';
import { type ScriptEnd, scriptExit } from '../connect/script.ts';

/** `what`: a change that is made with the restart: `the certificate`. */
export function restartTimedOut(name: string, what: string | undefined): NubesError {
  return timedOut(
    `Jupyter on ${name} was restarted${withChange(what)} but does not answer yet`,
    `nubes-nb logs ${name} --source jupyter`,
  );
}

export function withChange(what: string | undefined): string {
  return what === undefined ? '' : ` with ${what}`;
}

/** Why the script failed, by its exit code. */
export function restartRefused(
  name: string,
  { exitCode, lastError }: ScriptEnd,
  what = 'the change',
): NubesError {
  switch (exitCode) {
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
