import { NubesError } from '../errors.ts';
import { listen, sshArgv } from '../ssh/client.ts';
import { remotePortOf } from './access.ts';
import { isDirect } from './direct.ts';
import { ownProbe } from './first-boot/scripts.ts';
import { sshFailure } from './hops.ts';
import { shortVm } from './identity.ts';
import { late, notAllowed, serviceLines } from './jupyter-service.ts';
import type { Desk, Enter, Wait } from './notebooks.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { type Reach, reach } from './reach.ts';
import { script } from './remote.ts';

/**
 * Starts Jupyter on a running VM anew, over ssh: kernels end, the VM goes on. Throws NOT_ALLOWED where
 * the account may not.
 */
export async function restartJupyter(
  desk: Desk,
  reference: string,
  { goal, deadline, asks }: Wait & { readonly asks: boolean },
  enter: Enter,
): Promise<Outcome> {
  const reached = await reach(desk, reference);
  const { server, target } = reached;
  enter({ name: 'jupyter', detail: `on ${shortVm(server)}` });
  const seconds = goal === 'accepted' ? 0 : secondsUntil(desk, deadline);
  const port = remotePortOf(server, desk.settings.notebook.port);
  const argv = sshArgv(target, {
    command: script(restartScript(ownProbe(isDirect(server), port), seconds)),
    asks,
  });
  const { exitCode, complaints } = await listen(argv, desk.world, () => {});
  if (exitCode === 0)
    return outcomeOf(desk, { server, jupyter: goal === 'accepted' ? undefined : 'ready' });
  if (exitCode === late)
    return outcomeOf(desk, { server, jupyter: 'unreachable', failure: stillDown(reached) });
  throw await notRestarted(desk, reached, exitCode, complaints);
}

export function secondsUntil({ world }: Desk, deadline: number): number {
  return Math.max(1, Math.round((deadline - world.now().getTime()) / 1_000));
}

/** What is to change for the new start is done just before, and only where there will be one. */
export function restartScript(probe: string, seconds: number, change = ''): string {
  return `${serviceLines(probe)}
may || exit ${notAllowed}
${change}
again || exit ${notAllowed}
[ ${seconds} -gt 0 ] || exit 0
up ${seconds} || exit ${late}`;
}

export function stillDown({ name }: Reach): NubesError {
  return new NubesError('TIMED_OUT', `The time is up: Jupyter on ${name} does not answer yet.`, {
    hint: `nubes-nb logs ${name} --source jupyter shows why.`,
  });
}

/** Why the script above came to nothing, by its exit code or ssh's. */
export async function notRestarted(
  desk: Desk,
  reached: Reach,
  exitCode: number,
  complaints: readonly string[],
): Promise<NubesError> {
  const { name } = reached;
  const hint = `nubes-nb restart ${name} restarts the whole VM.`;
  if (exitCode === 255) return sshFailure(desk, reached, complaints);
  if (exitCode === notAllowed) {
    const sentence = `Your account on ${name} may not restart Jupyter, or there is none to restart.`;
    return new NubesError('NOT_ALLOWED', sentence, { hint });
  }
  const why = complaints.at(-1) ?? `exit code ${exitCode}`;
  return new NubesError('SERVICE_ERROR', `Jupyter on ${name} could not be restarted: ${why}.`, {
    hint,
  });
}
