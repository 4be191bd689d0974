import { NubesError, sentence, timedOut } from '../../errors.ts';
import { runScript, type ScriptEnd, type ScriptResult, scriptExit } from '../connect/script.ts';
import type { SshConnection } from '../connect/ssh-connection.ts';
import type { Deps } from '../deps.ts';
import {
  cookieSecret,
  guestLine,
  guestsFile,
  guestsScriptPath,
  guestsState,
} from '../first-boot/guests.ts';
import type { FirstBootGuest } from '../first-boot/options.ts';
import { isGuestName } from '../guest.ts';

/** ssh's login, the VM's lock and root's script. */
const scriptTimeoutMs = 60_000;
const maxWaitSeconds = 15;

/** For messages: whose line changes, and the command that does it again. */
export interface GuestChange {
  readonly guest: string;
  readonly retry: string;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

/**
 * Adds a guest to the file on the VM, or replaces their line. Resolves to a failure if the line is written, but root
 * has not confirmed the key. Throws if nothing is written.
 */
export async function addGuest(
  deps: Deps,
  connection: SshConnection,
  entry: FirstBootGuest,
  change: GuestChange,
): Promise<NubesError | undefined> {
  const type = entry.key?.split(' ')[0];
  const check = type === undefined ? '' : checkLines(type);
  const script = `${begin}\n${check}\n${replaceLine(entry.name, `echo '${guestLine(entry)}'`)}`;
  const { exitCode } = await run(deps, connection, script + waitLines, change);
  if (exitCode !== scriptExit.timedOut) return undefined;
  return type === undefined ? undefined : unconfirmed(connection, change);
}

/**
 * Writes the line of a guest again as it is, with its key if none is given, and waits for root. Resolves to false if the file has
 * no such line. Throws TIMED_OUT if root has not confirmed it.
 */
export async function keepGuest(
  deps: Deps,
  connection: SshConnection,
  entry: FirstBootGuest,
  { hasKey, ...change }: GuestChange & { readonly hasKey: boolean },
): Promise<boolean> {
  const line = guestLine(entry);
  const test = entry.key === undefined && hasKey ? `index($0, l " ") == 1` : `$0 "" == l ""`;
  const script = `${begin}
L=$(awk -v l='${line}' '${test} {print; exit}' "$F" 2>/dev/null)
[ -n "$L" ] || exit ${scriptExit.notFound}
${replaceLine(entry.name, `printf '%s\\n' "$L"`)}`;
  const { exitCode } = await run(deps, connection, script + waitLines, change);
  if (exitCode === scriptExit.timedOut && hasKey) throw unconfirmed(connection, change);
  return exitCode !== scriptExit.notFound;
}

/** What became of a guest's line. */
export interface Removal {
  /** False: the file had no line of that guest. */
  readonly found: boolean;
  /** All other lines: a guest's name, and the beginning of the digest of their token. */
  readonly others: readonly { readonly name: string; readonly tokenMark: string }[];
}

/**
 * Resolves when root has confirmed that the guest's key is gone and its connections have ended; else throws TIMED_OUT.
 * Jupyter keeps the secret of its cookies, with which the guest could sign some, until its next start.
 */
export async function removeGuest(
  deps: Deps,
  connection: SshConnection,
  change: GuestChange,
): Promise<Removal> {
  const script = `${begin}
[ -e "$F" ] || : > "$F" || exit ${scriptExit.writeFailed}
[ -f "$F" ] || exit ${scriptExit.writeFailed}
awk -v n='${change.guest}' '$1 "" == n "" {f = 1} END {exit !f}' "$F"
case $? in 0) ;; 1) X=${scriptExit.notFound} ;; *) exit ${scriptExit.writeFailed} ;; esac
${replaceLine(change.guest, ':')}head -n ${maxOthers} "$F" | cut -c 1-46
rm -f "$HOME/${cookieSecret}"
`;
  const { exitCode, stdout } = await run(deps, connection, script + waitLines, change);
  if (exitCode === scriptExit.timedOut) throw unconfirmed(connection, change);
  const others = stdout.flatMap((line) => {
    const [, name = '', tokenMark = ''] = /^(\S+) ([0-9a-f]{12})/.exec(line) ?? [];
    return isGuestName(name) ? [{ name, tokenMark }] : [];
  });
  return { found: exitCode === 0, others };
}

const maxOthers = 100;

const begin = `S=${guestsState} X=0
[ -e ${guestsScriptPath} ] && [ -d "$HOME/.nubes-nb" ] || exit ${scriptExit.notShareable}
umask 077
F="$HOME/${guestsFile}"`;

/** Root's script may be running for the first time. */
function checkLines(type: string): string {
  const algorithms = type === 'ssh-rsa' ? ['rsa-sha2-256', 'rsa-sha2-512'] : [type];
  const accepted = algorithms.map((each) => `*,${each},*`).join(' | ');
  return `N=0
until [ -e "$S" ] || [ $N -ge ${maxWaitSeconds} ]; do N=$((N + 1)); sleep 1; done
R=$(head -n 1 "$S" 2>/dev/null)
case $R in ready*) ;; *) echo "\${R#refused }" >&2; exit ${scriptExit.keysRefused} ;; esac
case ",$(sed -n 2p "$S")," in ${accepted}) ;; *) exit ${scriptExit.keyTypeRefused} ;; esac`;
}

/** The lock of a process that was killed does not count for ever. */
function replaceLine(name: string, printed: string): string {
  return `N=0
until mkdir "$F.lock" 2>/dev/null || [ $N -ge 10 ]; do N=$((N + 1)); sleep 1; done
trap 'rmdir "$F.lock" 2>/dev/null' EXIT
{ [ ! -e "$F" ] || awk -v n='${name}' '$1 "" != n ""' "$F" && ${printed}; } > "$F.new" && mv "$F.new" "$F" \\
  || exit ${scriptExit.writeFailed}
`;
}

/** systemd misses a change during a run of root's script, so the file is touched again. */
const waitLines = `M=$(sha256sum < "$F" | cut -c 1-64)
N=0
while :; do
  R=$(head -n 1 "$S" 2>/dev/null)
  case $R in "ready $M" | refused*) exit $X ;; esac
  N=$((N + 1))
  [ $N -le ${maxWaitSeconds} ] || exit ${scriptExit.timedOut}
  [ $((N % 5)) != 0 ] || touch "$F"
  sleep 1
done`;

function run(
  deps: Deps,
  connection: SshConnection,
  text: string,
  { guest, retry, asks }: GuestChange,
): Promise<ScriptResult> {
  const { name } = connection;
  return runScript(deps, connection, {
    text,
    deadline: deps.world.now().getTime() + scriptTimeoutMs,
    asks,
    answers: [scriptExit.timedOut, scriptExit.notFound],
    mayBe: `the VM of ${name} may have the change`,
    retry,
    refusal: (end) => refusalOf(name, guest, end),
  });
}

function refusalOf(name: string, guest: string, { exitCode, lastError }: ScriptEnd): NubesError {
  switch (exitCode) {
    case scriptExit.notShareable:
      return new NubesError(
        'WRONG_STATE',
        `${name} was created by a version of nubes-nb that knows no guests.`,
        {
          hint: `create a new notebook, and copy your files to it with nubes-nb cp`,
        },
      );
    case scriptExit.keysRefused:
      return new NubesError(
        'WRONG_STATE',
        `The VM of ${name} cannot admit guests by SSH: ${sentence(lastError, 'it has not set it up yet')}`,
        {
          hint: 'nubes-nb create NAME --access direct makes a notebook that guests reach without SSH',
        },
      );
    case scriptExit.keyTypeRefused:
      return new NubesError(
        'USAGE',
        `The sshd of ${name} does not accept keys of the type that ${guest} has.`,
        { hint: `ask ${guest} for one of another type: ssh-keygen -t ed25519` },
      );
    default:
      return new NubesError(
        'SERVICE_ERROR',
        `The guests of ${name} could not be written: ${sentence(lastError, `exit code ${exitCode}`)}`,
        { hint: `nubes-nb exec ${name} -- df -h` },
      );
  }
}

function unconfirmed({ name }: SshConnection, { guest, retry }: GuestChange): NubesError {
  return timedOut(
    `the VM of ${name} has the change of ${guest}, but has not confirmed that sshd has it too`,
    retry,
  );
}
