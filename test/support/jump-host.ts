import { once } from 'node:events';
import { connect } from 'node:net';
import ssh2 from 'ssh2';
import { makeKeyPair } from '../../src/sandbox/vm/key-pair.ts';

export interface JumpHost {
  readonly port: number;
  /** Logins so far. */
  readonly logins: () => number;
  readonly close: () => void;
}

/** An sshd on 127.0.0.1 that admits everyone and only forwards: port 1 of every host to `port`. */
export async function startJumpHost(port: number): Promise<JumpHost> {
  let logins = 0;
  const hostKeys = [makeKeyPair(ssh2).private];
  const server = new ssh2.Server({ hostKeys }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      if (context.method === 'publickey') context.accept();
      else context.reject(['publickey']);
    });
    client.on('ready', () => {
      logins += 1;
    });
    client.on('tcpip', (accept, reject, { destIP, destPort }) => {
      const socket = connect({ host: destIP, port: destPort === 1 ? port : destPort });
      socket.on('error', () => reject());
      socket.on('connect', () => {
        const channel = accept();
        channel.on('error', () => {}).on('close', () => socket.destroy());
        socket.pipe(channel).pipe(socket);
        socket.on('error', () => channel.close());
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, logins: () => logins, close: () => server.close() };
}
