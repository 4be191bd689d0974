import { createHash } from 'node:crypto';

/** A loopback address of the machine's own, the same for the same id unless it is taken. */
export function loopbackAddress(serverId: string, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt += 1) {
    const digest = createHash('sha256').update(`${serverId}/${attempt}`).digest();
    // 127.64.0.1 to 127.191.255.254: away from 127.0.0.x and 127.0.1.1, which systems use themselves.
    const address = [
      127,
      64 + (digest.readUInt8(0) % 128),
      digest.readUInt8(1),
      1 + (digest.readUInt8(2) % 254),
    ].join('.');
    if (!taken.has(address)) return address;
  }
}
