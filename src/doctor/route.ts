import { explainUnreachable } from '../notebooks/connect/diagnose.ts';
import { type SshConnection, sshConnection } from '../notebooks/connect/ssh-connection.ts';
import type { Deps } from '../notebooks/deps.ts';
import { listOwn } from '../notebooks/find.ts';
import { statusOf } from '../notebooks/status.ts';
import { checkSshPort } from '../ssh/port-check.ts';
import { isBehindProxy } from '../ssh/user-config.ts';
import { type Finding, failed, ok, skipped } from './check.ts';

/** From this computer to sshd of the newest running VM, without ssh. */
export async function checkRoute(deps: Deps): Promise<Finding> {
  const connection = await newestRunning(deps);
  if (connection === undefined) return skipped('no notebook of yours runs');
  const { name, target } = connection;
  if (await isBehindProxy(deps.world, connection)) {
    return skipped(`ssh reaches ${name} through a proxy of its configuration`);
  }
  const found = await checkSshPort(target);
  if (found === 'answers') return ok(`${name} answers at ${target.host}:${target.port}`);
  return failed(await explainUnreachable(deps, connection, found));
}

async function newestRunning(deps: Deps): Promise<SshConnection | undefined> {
  const running = (await listOwn(deps)).filter((server) => statusOf(server) === 'running');
  for (const server of running.reverse()) {
    const connection = await sshConnection(deps, server);
    if (connection !== undefined) return connection;
  }
  return undefined;
}
