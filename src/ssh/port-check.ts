import { connect } from 'node:net';
import type { SshTarget } from './target.ts';

/** How far one comes towards a VM's sshd from here. */
export type PortCheck = 'no name' | 'no route' | 'no answer' | 'refused' | 'silent' | 'answers';

const usualPatience = 4_000;

/** Knocks at the VM's SSH port, without ssh. */
export function checkSshPort(
  { host, port }: Pick<SshTarget, 'host' | 'port'>,
  patience = usualPatience,
): Promise<PortCheck> {
  return new Promise((resolve) => {
    let connected = false;
    const socket = connect({ host, port });
    const end = (hop: PortCheck) => {
      socket.destroy();
      resolve(hop);
    };
    socket.setTimeout(patience);
    socket.on('connect', () => {
      connected = true;
    });
    socket.on('data', () => end('answers'));
    socket.on('timeout', () => end(connected ? 'silent' : 'no answer'));
    socket.on('close', () => end(connected ? 'silent' : 'no answer'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(hopFrom(error.code)));
  });
}

function hopFrom(code: string | undefined): PortCheck {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no name';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'no route';
  if (code === 'ECONNREFUSED') return 'refused';
  return code === 'ECONNRESET' ? 'silent' : 'no answer';
}
