import { interruption, NubesError, sentence } from '../../errors.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { type ApiError, isStatus } from '../../openstack/errors.ts';
import { runPiped, sshArgv } from '../../ssh/client.ts';
import { lastLines } from '../console/last-lines.ts';
import type { Deps } from '../deps.ts';
import { find } from '../find.ts';
import { packagesLog } from '../first-boot/packages.ts';
import { nameOf } from '../identity.ts';
import { scriptArgv, scriptExit } from './script.ts';
import { requireSsh, type SshConnection } from './ssh-connection.ts';
import { sshFailure } from './ssh-failure.ts';

/** The logs of a VM: its console, which Nova returns, and files that are only on the VM. */
export type LogSource = 'console' | RemoteLogSource;
export type RemoteLogSource = 'cloud-init' | 'jupyter' | 'packages';

/** Which lines of a log. */
export interface LogOptions {
  readonly source: LogSource;
  /** The number of last lines. */
  readonly lines: number;
  /** Also prints new lines until an interruption; not for the console. */
  readonly follow: boolean;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

/** Passes a log's lines, which are untrusted text, oldest first. Returns the notebook's name. */
export async function readLog(
  deps: Deps,
  reference: string,
  options: LogOptions,
  onLine: (line: string) => void,
): Promise<string> {
  const { source, lines } = options;
  if (source !== 'console') return readFromVm(deps, reference, { ...options, source }, onLine);
  const server = await find(deps, reference);
  const name = nameOf(server);
  const text = await servers
    .consoleOutput(deps.compute, server.id, lines)
    .catch((error: unknown) => {
      throw isStatus(error, 403) ? consoleNotAllowed(name, error) : error;
    });
  if (text === undefined) {
    throw new NubesError('NOT_FOUND', `Nova has no console output of ${name} (yet).`, {
      hint: `nubes-nb show ${name}`,
    });
  }
  for (const line of lastLines(text, lines)) onLine(line);
  return name;
}

function consoleNotAllowed(name: string, { message, hint, requestId }: ApiError): NubesError {
  return new NubesError('NOT_ALLOWED', message, {
    hint: `nubes-nb logs ${name} --source cloud-init, which is read over ssh; or ${hint}`,
    requestId,
  });
}

async function readFromVm(
  deps: Deps,
  reference: string,
  { source, lines, follow, asks }: LogOptions & { readonly source: RemoteLogSource },
  onLine: (line: string) => void,
): Promise<string> {
  const connection = await requireSsh(deps, reference);
  const command = scriptArgv(scripts[source](lines, follow));
  const argv = sshArgv(connection, { command, asks });
  let hasPrinted = false;
  const { exitCode, stderrTail } = await runPiped(argv, deps.world, (line) => {
    hasPrinted = true;
    onLine(line);
  });
  const { interrupted } = deps.world;
  if (interrupted.aborted && !follow) throw interruption(interrupted);
  if (exitCode === 0 || interrupted.aborted) {
    // journalctl's hint that an account does not see the lines of others counts only if it sees none.
    if (!hasPrinted) for (const line of stderrTail) deps.warn(line);
    return connection.name;
  }
  throw await logFailure(deps, connection, source, exitCode, stderrTail);
}

/** Only some images give their accounts the rights to read these. */
const scripts: Readonly<Record<RemoteLogSource, (lines: number, follow: boolean) => string>> = {
  'cloud-init': (lines, follow) => `F=/var/log/cloud-init-output.log
[ -e "$F" ] || exit ${scriptExit.notFound}
if [ -r "$F" ]; then exec tail -n ${lines}${follow ? ' -F' : ''} "$F"; fi
sudo -n true 2>/dev/null || exit ${scriptExit.notAllowed}
exec sudo -n tail -n ${lines}${follow ? ' -F' : ''} "$F"`,
  jupyter: (
    lines,
    follow,
  ) => `set -- journalctl -u nubes-jupyter.service -n ${lines} --no-pager${follow ? ' -f' : ''}
if sudo -n true 2>/dev/null; then exec sudo -n "$@"; fi
exec "$@"`,
  // In the account's own home.
  packages: (lines, follow) => `[ -e ${packagesLog} ] || exit ${scriptExit.notFound}
exec tail -n ${lines}${follow ? ' -F' : ''} ${packagesLog}`,
};

async function logFailure(
  deps: Deps,
  connection: SshConnection,
  source: RemoteLogSource,
  exitCode: number,
  stderrTail: readonly string[],
): Promise<NubesError> {
  const { name } = connection;
  const hint = `nubes-nb logs ${name} (the console, which needs no rights on the VM)`;
  switch (exitCode) {
    case 255:
      return sshFailure(deps, connection, stderrTail);
    case scriptExit.notAllowed:
      return new NubesError(
        'NOT_ALLOWED',
        `Your account on ${name} may not read the ${source} log.`,
        {
          hint,
        },
      );
    case scriptExit.notFound:
      return new NubesError('NOT_FOUND', `There is no ${source} log on ${name}.`, { hint });
    default: {
      const reason = sentence(stderrTail.at(-1), `exit code ${exitCode}`);
      return new NubesError(
        'SERVICE_ERROR',
        `Cannot read the ${source} log of ${name}: ${reason}`,
        {
          hint,
        },
      );
    }
  }
}
