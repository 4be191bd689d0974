import type { NubesError } from '../../errors.ts';
import { isDirect, remotePortOf } from '../address.ts';
import { runScript, type ScriptLimits, scriptExit } from '../connect/script.ts';
import { requireSsh, type SshConnection } from '../connect/ssh-connection.ts';
import type { Deps } from '../deps.ts';
import { NotebookError } from '../errors.ts';
import { shortVm } from '../identity.ts';
import { apiFunction } from '../jupyter-api.ts';
import { type Notebook, toReachedNotebook } from '../notebook.ts';
import { deadlineOf, type OnProgress, type WaitOptions } from '../waiting.ts';
import { restartRefused, restartTimedOut, withChange } from './restart-errors.ts';

/**
 * Restarts Jupyter on a running VM over ssh: kernels end, the VM keeps running. Throws NOT_ALLOWED if the
 * account may not.
 */
export async function restartJupyter(
  deps: Deps,
  reference: string,
  { asks, ...wait }: WaitOptions & { readonly asks: boolean },
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps, wait);
  const connection = await requireSsh(deps, reference);
  const { server } = connection;
  onProgress({ name: 'jupyter', detail: `on ${shortVm(server)}`, asks });
  const waits = wait.until !== 'accepted';
  const failure = await restartWithChange(deps, connection, { deadline, asks, waits });
  if (failure !== undefined) {
    const notebook = await toReachedNotebook(deps, { server, jupyter: 'unreachable' });
    throw new NotebookError(notebook, failure);
  }
  return toReachedNotebook(deps, { server, jupyter: waits ? 'ready' : undefined });
}

/** A change to files on the VM that Jupyter reads when it starts. */
export interface RestartOptions extends ScriptLimits {
  /** For messages: `the certificate`. */
  readonly what?: string;
  /** The command that makes the change again, for a hint. */
  readonly retry?: string;
  /** Lines of sh before the restart; they exit with a `scriptExit` code if it must not happen. */
  readonly change?: string;
  /** Lines of sh that revert the change if Jupyter does not start with it. */
  readonly undo?: string;
  /** The script's stdin; may be a secret. */
  readonly input?: string;
  /** False: return without waiting for Jupyter. */
  readonly waits?: boolean;
}

/** Limit for Jupyter to start again after an undone change. */
const maxUndoSeconds = 30;
/** For ssh to connect and to end. */
const sshSeconds = 2;

/**
 * Restarts Jupyter on a running VM over ssh, with a change made just before. Resolves to a failure if that
 * is done but Jupyter does not answer in time; throws if it is not done, or the result is unknown.
 */
export async function restartWithChange(
  deps: Deps,
  connection: SshConnection,
  options: RestartOptions,
): Promise<NubesError | undefined> {
  const { name, server } = connection;
  const { what, retry, input, deadline, asks } = options;
  const secondsLeft = Math.round((deadline - deps.world.now().getTime()) / 1_000);
  const port = remotePortOf(server, deps.settings.notebook.port);
  const api = apiFunction({ port, https: isDirect(server) });
  const { exitCode } = await runScript(deps, connection, {
    text: restartScript(options, api, limitsFor(options, secondsLeft)),
    input,
    deadline: deadline + sshSeconds * 1_000,
    asks,
    answers: [scriptExit.timedOut],
    mayBe: `Jupyter on ${name} may have been restarted${withChange(what)}`,
    retry: retry ?? `nubes-nb show ${name} --probe`,
    refusal: (end) => restartRefused(name, end, what),
  });
  return exitCode === 0 ? undefined : restartTimedOut(name, what);
}

interface Limits {
  /** For Jupyter to answer; 0: do not wait. */
  readonly startSeconds: number;
  /** For Jupyter to answer after the change is undone. */
  readonly undoSeconds: number;
}

function limitsFor({ undo, waits }: RestartOptions, secondsLeft: number): Limits {
  const third = Math.max(0, Math.floor(secondsLeft / 3));
  const undoSeconds = undo === undefined ? 0 : Math.min(maxUndoSeconds, third);
  const startSeconds = waits === false ? 0 : Math.max(1, secondsLeft - sshSeconds - undoSeconds);
  return { startSeconds, undoSeconds };
}

export function restartScript(
  { change = '', undo }: RestartOptions,
  api: string,
  limits: Limits,
): string {
  return `${api}
${serviceFunctions}
may_restart || exit ${scriptExit.notAllowed}
${change}
undo() { ${undo ?? ':'}; }
restart || { undo; exit ${scriptExit.notAllowed}; }
[ ${limits.startSeconds} -gt 0 ] || exit 0
${undo === undefined ? waitLines(limits) : waitOrUndoLines(limits)}`;
}

function waitLines({ startSeconds }: Limits): string {
  return `wait_up ${startSeconds} || exit ${scriptExit.timedOut}`;
}

/** The first exit counts as failure of the change: after several, systemd would give up for good. */
function waitOrUndoLines({ startSeconds, undoSeconds }: Limits): string {
  return `wait_up ${startSeconds} once && exit 0
undo
restart
wait_up ${undoSeconds} && exit ${scriptExit.undone}
exit ${scriptExit.down}`;
}

/**
 * Shell functions: `may_restart` succeeds if the account may restart Jupyter, `restart` does it, `wait_up
 * SECONDS` waits until the new process answers; with `once`, only while it is the first one. Accounts rarely
 * may control services, but Jupyter runs as the account itself, and systemd starts it again if it is killed.
 */
const serviceFunctions = `U=nubes-jupyter.service
pid() { systemctl show -p MainPID --value "$U" 2>/dev/null; }
may_restart() {
  P=$(pid)
  { [ "\${P:-0}" -gt 1 ] && kill -0 "$P" 2>/dev/null; } || sudo -n true 2>/dev/null
}
restart() {
  P=$(pid)
  sudo -n systemctl reset-failed "$U" 2>/dev/null
  sudo -n systemctl --no-block restart "$U" 2>/dev/null && return 0
  [ "\${P:-0}" -gt 1 ] && kill -KILL "$P" 2>/dev/null
}
wait_up() {
  E=$(($(date +%s) + $1))
  S=
  while :; do
    N=$(pid)
    T=$((E - $(date +%s)))
    [ "$T" -lt 5 ] || T=5
    [ "$T" -gt 1 ] || T=1
    if [ "\${N:-0}" -gt 0 ] && [ "$N" != "$P" ]; then
      api "$T" > /dev/null && return 0
      S=\${S:-$N}
    fi
    case $S in '' | "$N") ;; *) [ "$2" != once ] || return 1 ;; esac
    [ "$(date +%s)" -lt "$E" ] || return 1
    sleep 1
  done
}`;
