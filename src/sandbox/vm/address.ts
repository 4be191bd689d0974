import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createNetServer } from 'node:net';

/** Finds a port for the sshds of all VMs, and listens on it so that no other process binds it on 0.0.0.0. */
export async function reservePort(): Promise<{
  readonly port: number;
  readonly release: () => void;
}> {
  const server = createNetServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, release: () => server.close() };
}

/** A VM's loopback address, the same for the same id unless it is taken. */
export function loopbackAddress(serverId: string, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt += 1) {
    const digest = createHash('sha256').update(`${serverId}/${attempt}`).digest();
    // 127.64.0.1 to 127.191.255.254. Systems use 127.0.0.x and 127.0.1.1 themselves.
    const address = [
      127,
      64 + (digest.readUInt8(0) % 128),
      digest.readUInt8(1),
      1 + (digest.readUInt8(2) % 254),
    ].join('.');
    if (!taken.has(address)) return address;
  }
}
