import { maxTimerMs } from '../../deadline.ts';
import { capital, interruption, NubesError, timedOut } from '../../errors.ts';
import { addToTail, isVerbose, runPiped, sshArgv } from '../../ssh/client.ts';
import { sshEnd } from '../../ssh/failure.ts';
import type { Deps } from '../deps.ts';
import { remoteWords } from './exec.ts';
import type { SshConnection } from './ssh-connection.ts';
import { sshFailure } from './ssh-failure.ts';

/** Exit codes of our own scripts on VMs, outside the range that common programs use. */
export const scriptExit = {
  /** Jupyter's TLS library does not load the certificate. */
  tlsRejected: 75,
  writeFailed: 76,
  notAllowed: 77,
  /** Jupyter does not answer in time. */
  timedOut: 78,
  /** Jupyter did not start with the change, and answers without it. */
  undone: 79,
  /** Jupyter's configuration does not read a new token digest. */
  notRenewable: 80,
  /** Jupyter started neither with the change nor without it. */
  down: 81,
  notFound: 82,
  /** The notebook's first boot did not prepare it for guests. */
  notShareable: 83,
  /** Guests cannot use SSH on this VM. */
  keysRefused: 84,
  keyTypeRefused: 85,
} as const;

/** A script for a POSIX shell, whatever the account's login shell is. */
export function scriptArgv(text: string): string[] {
  return remoteWords(['sh', '-c', text]);
}

export interface ScriptLimits {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

export interface RemoteScript extends ScriptLimits {
  readonly text: string;
  /** Its stdin; may be a secret. */
  readonly input?: string | undefined;
  /** Of ssh, e.g. `-v`. */
  readonly options?: readonly string[];
  /** Exit codes besides 0 after which the script has done what the caller needs. */
  readonly answers?: readonly number[];
  /** What may be so if the VM does not report: `its keys may have changed`; undefined: the script only reads. */
  readonly mayBe?: string | undefined;
  /** The command that shows what has happened, or does it again. */
  readonly retry: string;
  /** The error of any other exit code. */
  readonly refusal: (end: ScriptEnd) => NubesError;
}

export interface ScriptEnd {
  readonly exitCode: number;
  /** The last line of stderr; untrusted text. */
  readonly lastError: string | undefined;
}

export interface ScriptResult {
  readonly exitCode: number;
  readonly stdout: readonly string[];
  /** What `ssh -v` says about the connection. */
  readonly debug: readonly string[];
}

const sshFailed = 255;
const maxLines = 2_000;

/** Runs a script on the VM. Throws what `refusal` says, why ssh failed, TIMED_OUT at the deadline, and an interruption. */
export async function runScript(
  deps: Deps,
  connection: SshConnection,
  script: RemoteScript,
): Promise<ScriptResult> {
  const { environment, cwd, interrupted, now } = deps.world;
  const { text, input, options = [], asks, deadline } = script;
  const leftMs = Math.min(maxTimerMs, Math.max(0, deadline - now().getTime()));
  const timeout = AbortSignal.timeout(leftMs);
  const world = { environment, cwd, interrupted: AbortSignal.any([interrupted, timeout]) };
  const [stdout, debug, stderrTail]: [string[], string[], string[]] = [[], [], []];
  const collect = (lines: string[], line: string) => {
    if (lines.length < maxLines) lines.push(line);
  };
  const { exitCode } = await runPiped(
    sshArgv(connection, { options, command: scriptArgv(text), asks }),
    world,
    (line) => collect(stdout, line),
    {
      input,
      onStderrLine: (line) => {
        if (isVerbose(line)) collect(debug, line);
        else addToTail(stderrTail, line);
      },
    },
  );
  if (exitCode === 0) return { exitCode, stdout, debug };
  if (interrupted.aborted) throw interrupt(interrupted, script);
  if (script.answers?.includes(exitCode)) return { exitCode, stdout, debug };
  if (timeout.aborted) throw noAnswer(connection, script);
  if (exitCode === sshFailed) throw await connectionFailure(deps, connection, stderrTail, script);
  throw script.refusal({ exitCode, lastError: stderrTail.at(-1) });
}

function interrupt(interrupted: AbortSignal, { mayBe, retry }: RemoteScript): NubesError {
  return mayBe === undefined
    ? interruption(interrupted)
    : interruption(interrupted, `Stopped waiting; ${mayBe}.`, retry);
}

function noAnswer({ name }: SshConnection, { mayBe, retry }: RemoteScript): NubesError {
  const unknown = mayBe === undefined ? '' : `, and ${mayBe}`;
  return timedOut(`the VM of ${name} did not answer${unknown}`, retry);
}

/** If ssh had been connected, the script may have done its work. */
async function connectionFailure(
  deps: Deps,
  connection: SshConnection,
  stderr: readonly string[],
  { mayBe, retry }: RemoteScript,
): Promise<NubesError> {
  const error = await sshFailure(deps, connection, stderr);
  if (mayBe === undefined || sshEnd(stderr).reason !== 'lost') return error;
  const message = `${error.message} ${capital(mayBe)} nevertheless.`;
  return new NubesError(error.code, message, { hint: retry, cause: error });
}
