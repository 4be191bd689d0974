import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { logIn, startTestCloud } from './test-cloud.ts';

const config = '#cloud-config\n{"packages":[]}';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const metadata = { 'nubes-nb:request': 'c0ffee', 'nubes-nb:port': '9999' };

async function consoleOf(testCloud: Awaited<ReturnType<typeof startTestCloud>>, id: unknown) {
  const reply = await testCloud.nova('POST', `/servers/${id}/action`, {
    'os-getConsoleOutput': {},
  });
  return String(reply.at('output'));
}

test('a server changes its state only as the clock advances', async () => {
  const { cloud, create, nova, advance } = await startTestCloud({ bootMs: 4000 });
  const id = String((await create()).at('server.id'));
  const task = async () => (await nova('GET', `/servers/${id}`)).at('server.OS-EXT-STS:task_state');
  expect(await task()).toBe('scheduling');
  advance(1000);
  expect(await task()).toBe('spawning');
  advance(2999);
  expect(cloud.servers.get(id)?.status).toBe('BUILD');
  expect(cloud.servers.get(id)?.address).toBeUndefined();
  advance(1);
  expect(cloud.servers.get(id)?.status).toBe('ACTIVE');
  expect(cloud.servers.get(id)?.address).toMatch(/^172\.16\.100\./);
});

test('a server keeps its address across stop and start, and its port until it is deleted', async () => {
  const { cloud, create, nova, neutron, advance } = await startTestCloud();
  const id = String((await create()).at('server.id'));
  advance(3000);
  const address = cloud.servers.get(id)?.address;
  await nova('POST', `/servers/${id}/action`, { 'os-stop': null });
  advance(1000);
  expect(cloud.servers.get(id)).toMatchObject({ status: 'SHUTOFF', address });
  await nova('POST', `/servers/${id}/action`, { 'os-start': null });
  advance(1000);
  expect(cloud.servers.get(id)).toMatchObject({ status: 'ACTIVE', address });
  expect((await neutron('GET', `/ports?device_id=${id}`)).at('ports.length')).toBe(1);
  await nova('DELETE', `/servers/${id}`);
  advance(500);
  expect(cloud.servers.get(id)?.status).toBe('DELETED');
  expect((await neutron('GET', `/ports?device_id=${id}`)).at('ports.length')).toBe(0);
});

test('the console has the host key and the ready marker at each boot, once Jupyter answers', async () => {
  const testCloud = await startTestCloud({ readyMs: 2000 });
  const made = await testCloud.create({ metadata, user_data: base64(config) });
  const id = made.at('server.id');
  testCloud.advance(3000);
  expect(await consoleOf(testCloud, id)).not.toContain('READY');
  testCloud.advance(2000);
  const first = await consoleOf(testCloud, id);
  expect(first).toMatch(/NUBES-NB HOSTKEY c0ffee ssh-ed25519 AAAA\S+\r\n/);
  expect(first).toMatch(/NUBES-NB READY c0ffee boot=[0-9a-f-]{36} port=9999 up=2\.00\r\n/);
  await testCloud.nova('POST', `/servers/${id}/action`, { 'os-stop': null });
  testCloud.advance(1000);
  await testCloud.nova('POST', `/servers/${id}/action`, { 'os-start': null });
  testCloud.advance(1000);
  expect((await consoleOf(testCloud, id)).match(/READY/g)).toHaveLength(1);
  testCloud.advance(2000);
  const second = await consoleOf(testCloud, id);
  expect(second.startsWith(first)).toBe(true);
  expect(new Set(second.match(/boot=\S+/g)).size).toBe(2);
});

test.each([
  ['gzipped', gzipSync(config).toString('base64'), true],
  ['plain', base64(config), true],
  ['a shell script', base64('#!/bin/sh\n'), false],
  ['broken JSON', base64('#cloud-config\n{'), false],
])('user_data that is %s: the console gets the ready marker: %#', async (_, userData, ready) => {
  const testCloud = await startTestCloud();
  const made = await testCloud.create({ metadata, user_data: userData });
  testCloud.advance(3000);
  await testCloud.nova('GET', '/servers');
  testCloud.advance(2000);
  expect((await consoleOf(testCloud, made.at('server.id'))).includes('READY')).toBe(ready);
});

test('VMs supply address and console, and are called after each change of state', async () => {
  const changes: string[] = [];
  const testCloud = await startTestCloud({
    vms: {
      addressFor: () => '127.0.0.9',
      console: () => 'one\ntwo\nthree\n',
      onChange: ({ vmState, taskState }) => changes.push(`${vmState}/${taskState}`),
    },
  });
  const id = String((await testCloud.create()).at('server.id'));
  testCloud.advance(3000);
  expect(testCloud.cloud.servers.get(id)?.address).toBe('127.0.0.9');
  const tail = { 'os-getConsoleOutput': { length: 2 } };
  const reply = await testCloud.nova('POST', `/servers/${id}/action`, tail);
  expect(reply.at('output')).toBe('two\nthree');
  expect(changes).toEqual(['building/scheduling', 'active/null']);
});

test("a server tagged as another user's is listed with the user_id of its creator", async () => {
  const { cloud, nova } = await startTestCloud();
  const forged = cloud.addServer({ name: 'nb-alice-x', user: 'bob', tags: ['nubes-nb.u=alice'] });
  const found = await nova('GET', '/servers/detail?tags=nubes-nb.u=alice');
  expect(found.at('servers.0.id')).toBe(forged.id);
  expect(found.at('servers.0.user_id')).toBe(cloud.users.find(({ name }) => name === 'bob')?.id);
});

test('a page of servers has 1000 and links to the next', async () => {
  const { cloud, nova } = await startTestCloud();
  for (let count = 0; count < 1001; count += 1) cloud.addServer({ name: 'vm' });
  const page = await nova('GET', '/servers');
  expect(page.at('servers.length')).toBe(1000);
  const next = new URL(String(page.at('servers_links.0.href')));
  expect((await nova('GET', `/servers${next.search}`)).at('servers.length')).toBe(1);
});

test('expireTokens ends all tokens, and issuedSecrets returns every secret', async () => {
  const { cloud, create, nova, token } = await startTestCloud();
  const adminPass = (await create()).at('server.adminPass');
  expect(cloud.issuedSecrets()).toEqual([await token(), adminPass]);
  expect(JSON.stringify(cloud.requests)).not.toContain(await token());
  cloud.expireTokens();
  expect((await nova('GET', '/servers')).status).toBe(401);
});

test('authenticate checks passwords of the LDAP domain; a user known only there has no project', async () => {
  const { cloud } = await startTestCloud({
    authenticate: async (name, password) => (password === 'ldap' ? name.toLowerCase() : undefined),
  });
  expect(await logIn(cloud, 'Alice', 'ldap')).toMatch(/^gAAAA/);
  expect(await logIn(cloud, 'alice', 'alice-pw-1')).toBe('');
  expect(await logIn(cloud, 'zoe', 'ldap')).toBe('');
  expect(cloud.users.some(({ name }) => name === 'zoe')).toBe(true);
});

test("every reply has the clock's date and its request id", async () => {
  const { cloud, nova } = await startTestCloud();
  const { headers } = await nova('GET', '/servers');
  expect(headers.get('date')).toBe('Sun, 22 Nov 2026 20:00:00 GMT');
  expect(headers.get('x-compute-request-id')).toBe(headers.get('x-openstack-request-id'));
  expect(cloud.requests.at(-1)?.requestId).toBe(headers.get('x-openstack-request-id'));
});

test('a server ends in ERROR if its token is revoked during deletion, and can be deleted again', async () => {
  const { cloud, create, nova, advance, token } = await startTestCloud();
  const id = String((await create()).at('server.id'));
  advance(3000);
  await nova('DELETE', `/servers/${id}`);
  await fetch(`${cloud.authUrl}/auth/tokens`, {
    method: 'DELETE',
    headers: { 'x-auth-token': await token(), 'x-subject-token': await token() },
  });
  advance(500);
  expect(cloud.servers.get(id)?.fault?.message).toBe(
    'Networking client is experiencing an unauthorized exception.',
  );
  await fetch(`${cloud.endpoints.compute}/servers/${id}`, {
    method: 'DELETE',
    headers: { 'x-auth-token': await logIn(cloud) },
  });
  advance(500);
  expect(cloud.servers.get(id)?.status).toBe('DELETED');
});
