import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { ServerRecord } from './nova/server-record.ts';

/** What the console text of a VM depends on, besides its server. */
interface ConsoleFacts {
  /** From power-on until Jupyter answers. */
  readonly readyMs: number;
  /** `ssh-ed25519 AAAA…`: the VM's SSH host key. */
  readonly hostKey: string;
}

/**
 * The console log of a notebook's VM at `now`: kernel and cloud-init lines and, if its user_data is a
 * cloud-config, the host key and the ready marker at each boot. Lines end in CR LF, as on a serial console.
 */
export function consoleText(
  server: Readonly<ServerRecord>,
  now: Date,
  facts: ConsoleFacts,
): string {
  const lines = server.boots.flatMap((boot, index) =>
    bootLines(server, index, now.getTime() - boot.getTime(), facts),
  );
  return lines.map((line) => `${line}\r\n`).join('');
}

function bootLines(
  server: Readonly<ServerRecord>,
  index: number,
  elapsed: number,
  { readyMs, hostKey }: ConsoleFacts,
): string[] {
  const nonce = server.metadata['nubes-nb:request'];
  const config = cloudConfig(server.userData);
  const seconds = (readyMs / 1000).toFixed(2);
  const lines = [
    '[    0.000000] Linux version 6.1.0-28-cloud-amd64 (debian-kernel@lists.debian.org)',
    '[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro console=tty0 console=ttyS0',
  ];
  if (elapsed >= readyMs / 4) {
    lines.push(`${server.hostname} login: `);
    if (server.userData !== undefined && !config) {
      lines.push('[WARNING]: Unhandled non-multipart (text/x-not-multipart) userdata');
    }
  }
  if (elapsed >= readyMs / 2 && index === 0) {
    lines.push('-----BEGIN SSH HOST KEY KEYS-----', `${hostKey} root@${server.hostname}`);
    lines.push('-----END SSH HOST KEY KEYS-----', 'Cloud-init v. 22.4.2 finished.');
  }
  if (elapsed < readyMs || !config || nonce === undefined) return lines;
  const port = Number(server.metadata['nubes-nb:port'] ?? 8888);
  lines.push(`NUBES-NB HOSTKEY ${nonce} ${hostKey}`);
  lines.push(`NUBES-NB READY ${nonce} boot=${bootId(server.id, index)} port=${port} up=${seconds}`);
  return lines;
}

/** The cloud-config in base64 user_data, plain or gzipped; `undefined` if cloud-init would ignore it. */
function cloudConfig(userData: string | undefined): Record<string, unknown> | undefined {
  if (userData === undefined) return undefined;
  try {
    const bytes = Buffer.from(userData, 'base64');
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const text = (gzipped ? gunzipSync(bytes, { maxOutputLength: 1_048_576 }) : bytes).toString();
    const match = /^\s*#cloud-config\r?\n([\s\S]*)$/.exec(text);
    const config: unknown = JSON.parse(match?.[1] ?? '');
    return typeof config === 'object' && config !== null && !Array.isArray(config)
      ? (config as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A host key without a private key, the same for the same server. */
export function fakeHostKey(serverId: string): string {
  const name = Buffer.from('ssh-ed25519');
  const key = createHash('sha256').update(`host key of ${serverId}`).digest();
  const length = (size: number) => Buffer.from([0, 0, 0, size]);
  const blob = Buffer.concat([length(name.length), name, length(key.length), key]);
  return `ssh-ed25519 ${blob.toString('base64')}`;
}

function bootId(serverId: string, index: number): string {
  const hex = createHash('sha256').update(`${serverId} boot ${index}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
    .concat(hex.slice(20, 32))
    .join('-');
}

/** Consecutive addresses from 172.16.100.10; none is used twice. */
export function addressPool(): () => string {
  let taken = 0;
  return () => {
    const third = 100 + Math.floor(taken / 240);
    const fourth = 10 + (taken % 240);
    taken += 1;
    return `172.${16 + (third >> 8)}.${third & 255}.${fourth}`;
  };
}
