import { interruption, NubesError, sentence, timedOut } from '../../errors.ts';
import { runPiped, sshArgv } from '../../ssh/client.ts';
import type { Deps } from '../deps.ts';
import { scriptArgv, scriptExit } from './exec.ts';
import type { SshConnection } from './ssh-connection.ts';
import { sshFailure } from './ssh-failure.ts';

export interface ScriptLimits {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

interface Script extends ScriptLimits {
  readonly script: string;
  /** A line. */
  readonly input?: string;
  /** Whether it may change the file of the keys. */
  readonly changes: boolean;
}

/** What a script has printed, and what ssh says about the login. */
interface Printed {
  readonly stdout: readonly string[];
  readonly debug: readonly string[];
}

const maxLines = 2_000;
/** The longest delay of a Node timer. */
const maxTimerMs = 2 ** 31 - 1;

/** Runs a script about the keys of the owner's account on the VM. Throws TIMED_OUT at the deadline. */
export async function runKeyScript(
  deps: Deps,
  connection: SshConnection,
  { script, input, changes, deadline, asks }: Script,
): Promise<Printed> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const collect = (lines: string[]) => (line: string) => {
    if (lines.length < maxLines) lines.push(line);
  };
  const { environment, cwd, interrupted, now } = deps.world;
  const leftMs = Math.min(maxTimerMs, Math.max(0, deadline - now().getTime()));
  const timeout = AbortSignal.timeout(leftMs);
  const world = { environment, cwd, interrupted: AbortSignal.any([interrupted, timeout]) };
  const argv = sshArgv(connection, { options: ['-v'], command: scriptArgv(script), asks });
  const { exitCode } = await runPiped(argv, world, collect(stdout), {
    input: input === undefined ? undefined : `${input}\n`,
    onStderrLine: collect(stderr),
  });
  const { name } = connection;
  const look = `nubes-nb key list ${name}`;
  if (interrupted.aborted) {
    const message = `Stopped waiting; the keys of ${name} may have changed.`;
    throw changes ? interruption(interrupted, message, look) : interruption(interrupted);
  }
  const [debug, said] = [stderr.filter(isDebug), stderr.filter((line) => !isDebug(line))];
  if (exitCode === 0) return { stdout, debug };
  if (timeout.aborted) {
    const unknown = changes ? ', and its keys may have changed' : '';
    throw timedOut(`the VM of ${name} did not answer${unknown}`, look);
  }
  if (exitCode === 255) throw await sshFailure(deps, connection, said);
  if (exitCode === scriptExit.notFound) {
    throw new NubesError('NOT_FOUND', `The key was removed from ${name} meanwhile.`);
  }
  throw new NubesError(
    'SERVICE_ERROR',
    `The keys of ${name} are unchanged: ${sentence(said.at(-1), `exit code ${exitCode}`)}`,
    { hint: `nubes-nb exec ${name} -- ls -la .ssh` },
  );
}

function isDebug(line: string): boolean {
  return /^(?:debug[123]: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: )/.test(line);
}
