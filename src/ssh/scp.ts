import type { World } from '../world.ts';
import { type Argv, addToTail, type CommandResult, runForeground } from './client.ts';
import { forcedArgs } from './options.ts';
import { isBefore } from './release.ts';
import { type Connection, destination, type SshTarget } from './target.ts';

/** A file, or a folder with everything in it, to copy. */
export interface Copy {
  readonly direction: 'upload' | 'download';
  readonly local: string;
  /** A path on the VM: relative to the account's home unless it begins with `/`. */
  readonly remote: string;
}

/**
 * Since 9.0 scp uses SFTP. In the older protocol (`scp` before 9.0, or `scp -O`) the shell on the VM
 * expands the remote path.
 */
type Protocol = 'sftp' | 'scp' | 'scp -O';

export interface CopyResult extends CommandResult {
  /** This program got the signal while scp ran. */
  readonly signal: NodeJS.Signals | undefined;
}

/** Runs the system's scp, and again with `-O` if the VM's sshd has no SFTP. */
export async function scp(
  connection: Connection,
  copy: Copy,
  world: World,
  asks: boolean,
): Promise<CopyResult> {
  const protocol = hasSftp(connection) ? 'sftp' : 'scp';
  const result = await runScp(connection, copy, world, asks, protocol);
  const isRefused = result.stderrTail.some((line) => /subsystem request failed/.test(line));
  if (protocol === 'scp' || !isRefused) return result;
  return runScp(connection, copy, world, asks, 'scp -O');
}

function hasSftp({ release }: Connection): boolean {
  return release === undefined || !isBefore(release, [9, 0]);
}

async function runScp(
  connection: Connection,
  copy: Copy,
  world: World,
  asks: boolean,
  protocol: Protocol,
): Promise<CopyResult> {
  const stderrTail: string[] = [];
  let signal: NodeJS.Signals | undefined;
  const exitCode = await runForeground(scpArgv(connection, copy, protocol, asks), world, {
    onStderrLine: (line) => addToTail(stderrTail, line),
    onSignal: (received) => {
      signal ??= received;
    },
  });
  return { exitCode, stderrTail, signal };
}

export function scpArgv(
  connection: Connection,
  { direction, local, remote }: Copy,
  protocol: Protocol,
  asks: boolean,
): Argv {
  const localEnd = localPath(local);
  const remoteEnd = `${scpHost(connection.target)}:${remotePath(remote, protocol, direction)}`;
  const [from, to] = direction === 'upload' ? [localEnd, remoteEnd] : [remoteEnd, localEnd];
  const flags = protocol === 'scp -O' ? ['-rO'] : ['-r'];
  return [
    'scp',
    ...flags,
    ...forcedArgs({ ...connection, use: protocol === 'sftp' ? 'sftp' : 'scp', asks }),
    '--',
    from,
    to,
  ];
}

/** An IPv6 address needs brackets, because scp ends the host at the first colon. */
function scpHost(target: SshTarget): string {
  const { user, host } = target;
  return host.includes(':') ? `${user}@[${host}]` : destination(target);
}

/** scp takes the text before a colon for a host, unless a `/` comes first. */
function localPath(path: string): string {
  return /^(?:\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:[/\\])/.test(path) ? path : `./${path}`;
}

function remotePath(path: string, protocol: Protocol, direction: Copy['direction']): string {
  const relative = path.replace(/^~(?:\/+|$)/, '') || '.';
  const safe = /^[-~]/.test(relative) ? `./${relative}` : relative;
  if (protocol !== 'sftp') return safe.replace(/[^\w@%+=:,./\u0080-\uffff-]/g, '\\$&');
  // With SFTP, scp expands patterns in the source only.
  return direction === 'download' ? safe.replace(/[\\*?[\]{}]/g, '\\$&') : safe;
}
