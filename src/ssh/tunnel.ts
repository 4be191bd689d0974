import { type CommandShell, commandLine } from './quoting.ts';
import { connectionOptions, destination, optionWords, type SshTarget } from './target.ts';

/** An SSH tunnel to a notebook, as an argv and as a line to paste into a shell. */
export interface Tunnel {
  readonly argv: readonly string[];
  readonly command: string;
  readonly localPort: number;
  readonly remotePort: number;
}

/** The two ends of a tunnel, both on 127.0.0.1. */
export interface TunnelPorts {
  readonly localPort: number;
  readonly remotePort: number;
}

/**
 * `ssh -N` with a forward bound to 127.0.0.1 on both sides: a bare port may be bound on all addresses,
 * and `localhost` on the VM may be `::1`, where Jupyter does not listen. A taken port ends ssh, which
 * else would stay and forward nothing.
 */
export function tunnelTo(
  target: SshTarget,
  { localPort, remotePort }: TunnelPorts,
  shell: CommandShell,
): Tunnel {
  const argv = [
    'ssh',
    '-N',
    '-L',
    `127.0.0.1:${localPort}:127.0.0.1:${remotePort}`,
    ...optionWords([...connectionOptions(target), ['ExitOnForwardFailure', 'yes']]),
    ...(target.port === 22 ? [] : ['-p', String(target.port)]),
    '--',
    destination(target),
  ];
  return { argv, command: commandLine(argv, shell), localPort, remotePort };
}
