import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findServers, withConnection } from '../../src/directory/connection.ts';
import type { DirectorySettings } from '../../src/directory/directory.ts';
import { settingsFor } from './ldap-server.ts';

const servers = (urls: readonly string[], tls: DirectorySettings['tls'] = 'starttls') =>
  findServers({ ...settingsFor(urls, ''), caFile: undefined, tls });

test.each([
  ['ldaps://ldap.example.org', 'ldap.example.org', 636, 'tls'],
  ['ldaps://ldap.example.org:3269', 'ldap.example.org', 3269, 'tls'],
  ['ldap://ldap.example.org', 'ldap.example.org', 389, 'starttls'],
  ['ldap://[2001:db8::1]', '2001:db8::1', 389, 'starttls'],
  ['LDAPS://[::1]:1636', '::1', 1636, 'tls'],
])('findServers of %s: %s, port %i, %s', (url, host, port, security) => {
  expect(servers([url])).toMatchObject([{ host, port, security }]);
});

test.each([
  ['ldap+tls://x', 'starttls', 'which is not an LDAP URL.'],
  ['ldaps://', 'starttls', 'which is not an LDAP URL.'],
  ['ldap:///dc=x', 'starttls', 'which is not an LDAP URL.'],
  ['ldap://x', 'insecure', 'ldap.tls = "insecure" is for servers on this computer only.'],
  ['ldap://x', 'ldaps', 'ldap.tls is "ldaps", but ldap.urls has ldap://x, without TLS.'],
] as const)('findServers refuses %s with tls = %s', (url, tls, reason) => {
  expect(() => servers([url], tls)).toThrow(reason);
});

/** A server that does this with each of its connections. */
async function serve(act: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    act(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const [found] = servers([`ldap://127.0.0.1:${port}`], 'insecure');
  if (found === undefined) throw new Error('no server');
  return { server: found };
}

test('withConnection ends a server that does not speak LDAP at once', async () => {
  const { server } = await serve((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
  const work = withConnection(server, 60_000, (client) => client.bind('cn=x', 'p'));
  await expect(work).rejects.toMatchObject({ reason: 'does not speak LDAP on this port' });
});

test('withConnection ends work at its time limit, and the connection with it', async () => {
  let closed = false;
  const { server } = await serve((socket) => {
    socket.resume().once('close', () => {
      closed = true;
    });
  });
  const work = withConnection(server, 50, async (client) => {
    void client.bind('cn=x', 'p').catch(() => {});
    await new Promise(() => {});
  });
  await expect(work).rejects.toMatchObject({ reason: 'did not answer in time' });
  await vi.waitFor(() => expect(closed).toBe(true));
});

test('withConnection connects once, as a second connection would have neither TLS nor bind', async () => {
  let connections = 0;
  const { server } = await serve((socket) => {
    connections += 1;
    socket.destroy();
  });
  const work = withConnection(server, 5_000, async (client) => {
    await client.bind('cn=x', 'p').catch(() => {});
    await client.search('dc=x');
  });
  await expect(work).rejects.toMatchObject({ reason: 'closed the connection' });
  expect(connections).toBe(1);
});

test('withConnection takes an IPv6 address', async () => {
  const [server] = servers(['ldap://[::1]:1'], 'insecure');
  if (server === undefined) throw new Error('no server');
  const work = withConnection(server, 5_000, (client) => client.bind('cn=x', 'p'));
  // Not every computer has IPv6.
  await expect(work).rejects.toMatchObject({
    code: expect.stringMatching(/^(ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH|EAFNOSUPPORT)$/),
  });
});
