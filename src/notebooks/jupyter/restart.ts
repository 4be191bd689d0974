import type { NubesError } from '../../errors.ts';
import { runPiped, sshArgv } from '../../ssh/client.ts';
import { remotePortOf } from '../connect/address.ts';
import { exits, script } from '../connect/exec.ts';
import type { SshConnection } from '../connect/ssh-target.ts';
import type { Deps } from '../deps.ts';
import { ownProbe } from '../first-boot/ready-script.ts';
import { isDirect } from '../https/certificate.ts';
import { interrupting, late, refusal, unheard } from './restart-errors.ts';

/** What a new start of Jupyter is for. */
export interface Change {
  /** In words: `the certificate`. */
  readonly what?: string;
  /** Lines of sh before the start. They end with one of the exits where there is to be none. */
  readonly change?: string;
  /** Lines that take it back where Jupyter does not come up with it. */
  readonly undo?: string;
  /** What the lines read on stdin; may be a secret. */
  readonly input?: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** False: nobody waits until Jupyter answers. */
  readonly waits?: boolean;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

/** One that has its old files back is waited for so long, in s, as far as the deadline leaves room. */
const longestReturn = 30;
/** ssh needs time to connect and to end, in s. */
const lastWords = 2;
/** The longest that a timer can run, in ms. */
const longestTimer = 2 ** 31 - 1;

/**
 * Starts Jupyter on a running VM anew, over ssh, with a change made just before. Resolves to a failure
 * where that is done and Jupyter is late; throws where it is not, or nobody can tell.
 */
export async function restartedWith(
  deps: Deps,
  reached: SshConnection,
  change: Change,
): Promise<NubesError | undefined> {
  const { world } = deps;
  const left = Math.round((change.deadline - world.now().getTime()) / 1_000);
  const third = Math.max(0, Math.floor(left / 3));
  const spared = change.undo === undefined ? 0 : Math.min(longestReturn, third);
  const seconds = change.waits === false ? 0 : Math.max(1, left - lastWords - spared);
  const port = remotePortOf(reached.server, deps.settings.notebook.port);
  const text = scriptFor(change, ownProbe(isDirect(reached.server), port), { seconds, spared });
  const argv = sshArgv(reached.target, { command: script(text), asks: change.asks });
  const longest = Math.max(0, left + lastWords) * 1_000;
  const timedOut = AbortSignal.timeout(Math.min(longestTimer, longest));
  const { environment, cwd } = world;
  const interrupted = AbortSignal.any([world.interrupted, timedOut]);
  const told = await runPiped(argv, { environment, cwd, interrupted }, () => {}, change.input);
  if (told.exitCode === 0) return undefined;
  if (world.interrupted.aborted) throw interrupting(world.interrupted, reached);
  if (told.exitCode === exits.late) return late(reached);
  throw timedOut.aborted ? unheard(reached) : await refusal(deps, reached, told, change.what);
}

interface Times {
  /** How long Jupyter may take; 0: nobody waits. */
  readonly seconds: number;
  /** How long it may take to come back without the change. */
  readonly spared: number;
}

function scriptFor({ change = '', undo }: Change, probe: string, times: Times): string {
  const { seconds } = times;
  return `${serviceLines(probe)}
may || exit ${exits.notAllowed}
${change}
back() { ${undo ?? ':'}; }
again || { back; exit ${exits.notAllowed}; }
[ ${seconds} -gt 0 ] || exit 0
${undo === undefined ? waiting(seconds) : returning(times)}`;
}

function waiting(seconds: number): string {
  return `up ${seconds} || exit ${exits.late}`;
}

/** One that ends has failed with the change; systemd would try it so often that it gives up for good. */
function returning({ seconds, spared }: Times): string {
  return `up ${seconds} once && exit 0
back
again
up ${spared} && exit ${exits.takenBack}
exit ${exits.down}`;
}

/**
 * Shell functions: `may` tells whether the account may start Jupyter anew, `again` does it, `up SECONDS`
 * waits until it answers, with `once` only as long as its process is the first one. Accounts rarely have
 * rights to services. But Jupyter runs as the account itself, and systemd starts it again when it is killed.
 */
function serviceLines(probe: string): string {
  return `U=nubes-jupyter.service
pid() { systemctl show -p MainPID --value "$U" 2>/dev/null; }
may() {
  P=$(pid)
  { [ "\${P:-0}" -gt 1 ] && kill -0 "$P" 2>/dev/null; } || sudo -n true 2>/dev/null
}
again() {
  P=$(pid)
  sudo -n systemctl reset-failed "$U" 2>/dev/null
  sudo -n systemctl --no-block restart "$U" 2>/dev/null && return 0
  [ "\${P:-0}" -gt 1 ] && kill -KILL "$P" 2>/dev/null
}
up() {
  E=$(($(date +%s) + $1))
  S=
  while :; do
    N=$(pid)
    T=$((E - $(date +%s)))
    [ "$T" -lt 5 ] || T=5
    [ "$T" -gt 1 ] || T=1
    if [ "\${N:-0}" -gt 0 ] && [ "$N" != "$P" ]; then
      curl -sf -o /dev/null --max-time "$T" ${probe} && return 0
      S=\${S:-$N}
    fi
    case $S in '' | "$N") ;; *) [ "$2" != once ] || return 1 ;; esac
    [ "$(date +%s)" -lt "$E" ] || return 1
    sleep 1
  done
}`;
}
