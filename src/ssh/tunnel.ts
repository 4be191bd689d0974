import { type CommandShell, commandLine } from '../command-line.ts';
import { forcedArgs } from './options.ts';
import { type Connection, destination } from './target.ts';

/** An SSH tunnel to a notebook. */
export interface Tunnel {
  readonly argv: readonly string[];
  /** The same, quoted for a shell. */
  readonly command: string;
  readonly localPort: number;
  readonly remotePort: number;
}

/** Both on 127.0.0.1. */
export interface TunnelPorts {
  readonly localPort: number;
  readonly remotePort: number;
}

/**
 * `ssh -N` that forwards from 127.0.0.1 to 127.0.0.1: `GatewayPorts` would bind a bare port to all
 * addresses, and `localhost` on the VM may be `::1`, where Jupyter does not listen. With
 * ExitOnForwardFailure ssh ends if the port is taken; it would keep running without a forward.
 */
export function tunnelTo(
  connection: Connection,
  { localPort, remotePort }: TunnelPorts,
  shell: CommandShell,
): Tunnel {
  const argv = [
    'ssh',
    '-N',
    '-L',
    `127.0.0.1:${localPort}:127.0.0.1:${remotePort}`,
    ...forcedArgs({ ...connection, use: 'tunnel' }),
    '--',
    destination(connection.target),
  ];
  return { argv, command: commandLine(argv, shell), localPort, remotePort };
}
