import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { logIn, startBench } from './bench.ts';

const config = '#cloud-config\n{"packages":[]}';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const metadata = { 'nubes-nb:request': 'c0ffee', 'nubes-nb:port': '9999' };

async function consoleOf(bench: Awaited<ReturnType<typeof startBench>>, id: unknown) {
  const reply = await bench.nova('POST', `/servers/${id}/action`, { 'os-getConsoleOutput': {} });
  return String(reply.at('output'));
}

test('a server moves with the clock alone', async () => {
  const { cloud, create, nova, tick } = await startBench({ bootMs: 4000 });
  const id = String((await create()).at('server.id'));
  const task = async () => (await nova('GET', `/servers/${id}`)).at('server.OS-EXT-STS:task_state');
  expect(await task()).toBe('scheduling');
  tick(1000);
  expect(await task()).toBe('spawning');
  tick(2999);
  expect(cloud.servers.get(id)?.status).toBe('BUILD');
  expect(cloud.servers.get(id)?.address).toBeUndefined();
  tick(1);
  expect(cloud.servers.get(id)?.status).toBe('ACTIVE');
  expect(cloud.servers.get(id)?.address).toMatch(/^172\.16\.100\./);
});

test('the address stays through stop and start, and its port goes with the server', async () => {
  const { cloud, create, nova, neutron, tick } = await startBench();
  const id = String((await create()).at('server.id'));
  tick(3000);
  const address = cloud.servers.get(id)?.address;
  await nova('POST', `/servers/${id}/action`, { 'os-stop': null });
  tick(1000);
  expect(cloud.servers.get(id)).toMatchObject({ status: 'SHUTOFF', address });
  await nova('POST', `/servers/${id}/action`, { 'os-start': null });
  tick(1000);
  expect(cloud.servers.get(id)).toMatchObject({ status: 'ACTIVE', address });
  expect((await neutron('GET', `/ports?device_id=${id}`)).at('ports.length')).toBe(1);
  await nova('DELETE', `/servers/${id}`);
  tick(500);
  expect(cloud.servers.get(id)?.status).toBe('DELETED');
  expect((await neutron('GET', `/ports?device_id=${id}`)).at('ports.length')).toBe(0);
});

test('the console has the host key and the marker once the machine is ready, again at each start', async () => {
  const bench = await startBench({ readyMs: 2000 });
  const made = await bench.create({ metadata, user_data: base64(config) });
  const id = made.at('server.id');
  bench.tick(3000);
  expect(await consoleOf(bench, id)).not.toContain('READY');
  bench.tick(2000);
  const first = await consoleOf(bench, id);
  expect(first).toMatch(/NUBES-NB HOSTKEY c0ffee ssh-ed25519 AAAA\S+\r\n/);
  expect(first).toMatch(/NUBES-NB READY c0ffee boot=[0-9a-f-]{36} port=9999 up=2\.00\r\n/);
  await bench.nova('POST', `/servers/${id}/action`, { 'os-stop': null });
  bench.tick(1000);
  await bench.nova('POST', `/servers/${id}/action`, { 'os-start': null });
  bench.tick(1000);
  expect((await consoleOf(bench, id)).match(/READY/g)).toHaveLength(1);
  bench.tick(2000);
  const second = await consoleOf(bench, id);
  expect(second.startsWith(first)).toBe(true);
  expect(new Set(second.match(/boot=\S+/g)).size).toBe(2);
});

test.each([
  ['gzipped', gzipSync(config).toString('base64'), true],
  ['plain', base64(config), true],
  ['a shell script', base64('#!/bin/sh\n'), false],
  ['broken JSON', base64('#cloud-config\n{'), false],
])('user_data that is %s: the notebook gets ready: %#', async (_, userData, ready) => {
  const bench = await startBench();
  const made = await bench.create({ metadata, user_data: userData });
  bench.tick(3000);
  await bench.nova('GET', '/servers');
  bench.tick(2000);
  expect((await consoleOf(bench, made.at('server.id'))).includes('READY')).toBe(ready);
});

test('guests supply address and console, and hear of each change', async () => {
  const onOutput: string[] = [];
  const bench = await startBench({
    guests: {
      addressFor: () => '127.0.0.9',
      console: () => 'one\ntwo\nthree\n',
      onChange: ({ vmState, taskState }) => onOutput.push(`${vmState}/${taskState}`),
    },
  });
  const id = String((await bench.create()).at('server.id'));
  bench.tick(3000);
  expect(bench.cloud.servers.get(id)?.address).toBe('127.0.0.9');
  const tail = { 'os-getConsoleOutput': { length: 2 } };
  const reply = await bench.nova('POST', `/servers/${id}/action`, tail);
  expect(reply.at('output')).toBe('two\nthree');
  expect(onOutput).toEqual(['building/scheduling', 'active/null']);
});

test("a stranger's server is seen by the project with its own user_id", async () => {
  const { cloud, nova } = await startBench();
  const forged = cloud.addServer({ name: 'nb-alice-x', user: 'bob', tags: ['nubes-nb.u=alice'] });
  const found = await nova('GET', '/servers/detail?tags=nubes-nb.u=alice');
  expect(found.at('servers.0.id')).toBe(forged.id);
  expect(found.at('servers.0.user_id')).toBe(cloud.users.find(({ name }) => name === 'bob')?.id);
});

test('a page holds 1000 servers and links to the next', async () => {
  const { cloud, nova } = await startBench();
  for (let count = 0; count < 1001; count += 1) cloud.addServer({ name: 'vm' });
  const page = await nova('GET', '/servers');
  expect(page.at('servers.length')).toBe(1000);
  const next = new URL(String(page.at('servers_links.0.href')));
  expect((await nova('GET', `/servers${next.search}`)).at('servers.length')).toBe(1);
});

test('tokens can be ended, and everything secret ever issued is on record', async () => {
  const { cloud, create, nova, token } = await startBench();
  const adminPass = (await create()).at('server.adminPass');
  expect(cloud.issuedSecrets()).toEqual([await token(), adminPass]);
  expect(JSON.stringify(cloud.requests)).not.toContain(await token());
  cloud.expireTokens();
  expect((await nova('GET', '/servers')).status).toBe(401);
});

test('a directory may decide about passwords, and a person only it knows has no project', async () => {
  const { cloud } = await startBench({
    authenticate: async (name, password) => (password === 'ldap' ? name.toLowerCase() : undefined),
  });
  expect(await logIn(cloud, 'Alice', 'ldap')).toMatch(/^gAAAA/);
  expect(await logIn(cloud, 'alice', 'alice-pw-1')).toBe('');
  expect(await logIn(cloud, 'zoe', 'ldap')).toBe('');
  expect(cloud.users.some(({ name }) => name === 'zoe')).toBe(true);
});

test('every reply is dated by the clock and carries its request id', async () => {
  const { cloud, nova } = await startBench();
  const { headers } = await nova('GET', '/servers');
  expect(headers.get('date')).toBe('Sun, 22 Nov 2026 20:00:00 GMT');
  expect(headers.get('x-compute-request-id')).toBe(headers.get('x-openstack-request-id'));
  expect(cloud.requests.at(-1)?.requestId).toBe(headers.get('x-openstack-request-id'));
});

test('a server whose deletion outlives its token ends in ERROR and can be deleted again', async () => {
  const { cloud, create, nova, tick, token } = await startBench();
  const id = String((await create()).at('server.id'));
  tick(3000);
  await nova('DELETE', `/servers/${id}`);
  await fetch(`${cloud.authUrl}/auth/tokens`, {
    method: 'DELETE',
    headers: { 'x-auth-token': await token(), 'x-subject-token': await token() },
  });
  tick(500);
  expect(cloud.servers.get(id)?.fault?.message).toBe(
    'Networking client is experiencing an unauthorized exception.',
  );
  await fetch(`${cloud.endpoints.compute}/servers/${id}`, {
    method: 'DELETE',
    headers: { 'x-auth-token': await logIn(cloud) },
  });
  tick(500);
  expect(cloud.servers.get(id)?.status).toBe('DELETED');
});
