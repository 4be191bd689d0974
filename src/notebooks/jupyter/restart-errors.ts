import { capital, interruption, NubesError } from '../../errors.ts';
import type { CommandResult } from '../../ssh/client.ts';
import { sshFailure } from '../connect/diagnose.ts';
import { exits } from '../connect/exec.ts';
import type { SshConnection } from '../connect/ssh-target.ts';
import type { Deps } from '../deps.ts';
import { timedOut } from '../errors.ts';

/** Jupyter was restarted, but does not answer. */
export function late({ name }: SshConnection): NubesError {
  return timedOut(
    `Jupyter on ${name} does not answer yet`,
    `nubes-nb logs ${name} --source jupyter`,
  );
}

export function unheard({ name }: SshConnection): NubesError {
  return timedOut(
    `the VM of ${name} did not report whether Jupyter was restarted`,
    `nubes-nb show ${name} --probe`,
  );
}

export function interrupting(interrupted: AbortSignal, { name }: SshConnection): NubesError {
  const sentence = `Stopped waiting; Jupyter on ${name} may be restarting.`;
  return interruption(interrupted, sentence, `nubes-nb show ${name} --probe`);
}

/** Why the script came to nothing, by its exit code or ssh's. */
export async function refusal(
  deps: Deps,
  reached: SshConnection,
  { exitCode, stderrTail }: CommandResult,
  what = 'it',
): Promise<NubesError> {
  const { name } = reached;
  const said = stderrTail.at(-1);
  const whole = `nubes-nb restart ${name} restarts the whole VM.`;
  switch (exitCode) {
    case 255:
      return sshFailure(deps, reached, stderrTail);
    case exits.notAllowed:
      return new NubesError(
        'NOT_ALLOWED',
        `Your account on ${name} may not restart Jupyter, or there is none to restart.`,
        { hint: whole },
      );
    case exits.notWritten:
      return new NubesError(
        'SERVICE_ERROR',
        `${capital(what)} cannot be written on ${name}: ${said ?? 'it did not arrive whole'}.`,
        { hint: `nubes-nb exec ${name} -- df -h shows whether its disk is full.` },
      );
    case exits.notTls:
      return new NubesError(
        'CONFIGURATION',
        `The TLS of Jupyter on ${name} refuses ${what} (${said ?? 'it does not say why'}), and it was not put there.`,
        {
          hint: 'ask your certificate authority for one with SHA-256, and RSA of 2048 bits or EC P-256.',
        },
      );
    case exits.notRenewable:
      return tooOld(name);
    case exits.takenBack:
      return new NubesError(
        'SERVICE_ERROR',
        `Jupyter on ${name} did not come up with ${what}, and runs with what it had before.`,
        { hint: `nubes-nb logs ${name} --source jupyter shows why.` },
      );
    case exits.down:
      return new NubesError(
        'SERVICE_ERROR',
        `Jupyter on ${name} is down: it came up neither with ${what} nor, so far, with what it had before.`,
        { hint: `nubes-nb restart ${name}` },
      );
    default:
      return new NubesError(
        'SERVICE_ERROR',
        `Jupyter on ${name} could not be restarted: ${said ?? `exit code ${exitCode}`}.`,
        { hint: whole },
      );
  }
}

function tooOld(name: string): NubesError {
  return new NubesError(
    'WRONG_STATE',
    `${name} was created by a version of nubes-nb whose notebooks keep their first token.`,
    {
      hint: `nubes-nb url ${name}, on the computer and with the login that created it; or copy your files (nubes-nb cp) to a new one.`,
    },
  );
}
