import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';

/** A TLS port that can be told to misbehave. */
export interface Listener {
  readonly port: number;
  readonly setMode: (mode: 'well' | 'silent' | 'down') => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Listens on a free loopback port and hands each connection on. */
export async function startListener(
  { certificate, key }: Certificates,
  connected: (socket: TLSSocket) => void,
): Promise<Listener> {
  const sockets = new Set<TLSSocket>();
  let silent = false;
  const server = createServer({ cert: certificate, key }, (socket) => {
    sockets.add(socket);
    // An answer is several small writes; without this each waits for the last one's ACK.
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    // A client that goes away in the middle is its own affair.
    socket.on('error', () => socket.destroy());
    if (!silent) connected(socket);
  });
  server.on('tlsClientError', () => {});
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    setMode: async (mode) => {
      silent = mode === 'silent';
      if (mode === 'down') await stop();
      else if (!server.listening) await listen(port);
    },
    close: stop,
  };
}
