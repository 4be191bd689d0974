import type { World } from '../world.ts';
import {
  type Argv,
  type CommandResult,
  keepLast,
  ownOptions,
  runForeground,
  runPiped,
} from './client.ts';
import { connectionOptions, destination, optionWords, type SshTarget } from './target.ts';

/** What to copy. Folders are copied with all that is in them. */
export interface Copy {
  readonly direction: 'upload' | 'download';
  readonly local: string;
  /** As a path of the VM: below the account's home unless it begins with `/`. */
  readonly remote: string;
}

/** Since 9.0 scp speaks SFTP, before that the older protocol, in which a shell reads the remote path. */
type Protocol = 'sftp' | 'older' | 'older, by -O';

/** Copies with the system's scp. A VM without SFTP is asked again by the older protocol. */
export async function copy(
  target: SshTarget,
  what: Copy,
  world: World,
  asks: boolean,
): Promise<CommandResult> {
  const first = (await isBeforeSftp(world)) ? 'older' : 'sftp';
  const told = await run(target, what, world, asks, first);
  const refused = told.stderrTail.some((line) => /subsystem request failed/.test(line));
  return first === 'sftp' && refused ? run(target, what, world, asks, 'older, by -O') : told;
}

async function run(
  target: SshTarget,
  what: Copy,
  world: World,
  asks: boolean,
  protocol: Protocol,
): Promise<CommandResult> {
  const stderrTail: string[] = [];
  const argv = scpArgv(target, what, protocol, asks);
  const exitCode = await runForeground(argv, world, {
    heard: (line) => keepLast(stderrTail, line),
  });
  return { exitCode, stderrTail };
}

export function scpArgv(
  target: SshTarget,
  { direction, local, remote }: Copy,
  protocol: Protocol,
  asks: boolean,
): Argv {
  const options = [
    ...ownOptions(asks),
    ...connectionOptions(target),
    ['Port', String(target.port)] as const,
  ];
  const here = localPath(local);
  const there = `${scpHost(target)}:${remotePath(remote, protocol, direction)}`;
  const [from, to] = direction === 'upload' ? [here, there] : [there, here];
  const flags = protocol === 'older, by -O' ? ['-rO'] : ['-r'];
  return ['scp', ...flags, ...optionWords(options), '--', from, to];
}

async function isBeforeSftp(world: World): Promise<boolean> {
  const { stderrTail } = await runPiped(['ssh', '-V'], world, () => {});
  const [, major] = /OpenSSH_(?:for_Windows_)?(\d+)\./.exec(stderrTail.join(' ')) ?? [];
  return major !== undefined && Number(major) < 9;
}

/** An address of IPv6 has colons of its own. */
function scpHost(target: SshTarget): string {
  const { user, host } = target;
  return host.includes(':') ? `${user}@[${host}]` : destination(target);
}

/** scp takes a colon for the end of a host's name, unless a `/` stands before it. */
function localPath(path: string): string {
  return /^(?:\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:[/\\])/.test(path) ? path : `./${path}`;
}

function remotePath(path: string, protocol: Protocol, direction: Copy['direction']): string {
  const belowHome = path.replace(/^~(?:\/+|$)/, '') || '.';
  const plain = /^[-~]/.test(belowHome) ? `./${belowHome}` : belowHome;
  if (protocol !== 'sftp') return plain.replace(/[^\w@%+=:,./\u0080-\uffff-]/g, '\\$&');
  // What is fetched by SFTP may be a pattern; where something is put may not.
  return direction === 'download' ? plain.replace(/[\\*?[\]{}]/g, '\\$&') : plain;
}
