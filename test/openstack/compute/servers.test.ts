import { expect, test } from 'vitest';
import * as servers from '../../../src/openstack/compute/servers.ts';
import { service } from '../../../src/openstack/service.ts';
import { failure, quietHttp, type Script, serve } from '../fake-service.ts';

async function nova(script: Script, microversion = '2.90') {
  const server = await serve(script);
  const { http } = quietHttp();
  const compute = service(http, { name: 'Nova', baseUrl: `${server.url}/v2.1`, microversion });
  return { compute, seen: server.seen };
}

const full = {
  id: 'a1',
  name: 'nb-alice-thesis',
  status: 'ACTIVE',
  tenant_id: 'p1',
  user_id: 'u1',
  metadata: { 'nubes-nb:user': 'alice' },
  image: { id: 'i1', links: [] },
  flavor: { vcpus: 2, ram: 2048, disk: 10, original_name: 'l3.nano', extra_specs: {} },
  created: '2026-11-22T21:26:01Z',
  updated: '2026-11-22T21:26:10Z',
  addresses: {
    Internal: [
      { version: 4, addr: '172.16.101.113', 'OS-EXT-IPS:type': 'fixed' },
      { version: 4, addr: '130.246.0.9', 'OS-EXT-IPS:type': 'floating' },
      { version: 6, addr: 'fd00::1', 'OS-EXT-IPS:type': 'fixed' },
    ],
  },
  config_drive: 'True',
  key_name: 'k',
  'OS-SRV-USG:launched_at': '2026-11-22T21:26:10.000000',
  'OS-EXT-STS:task_state': null,
  'OS-EXT-STS:vm_state': 'active',
  'OS-EXT-STS:power_state': 1,
  locked: false,
  description: null,
  tags: ['nubes-nb'],
  something_new: { in: 'a later release' },
};

test('servers.show reads all fields of a server', async () => {
  const { compute } = await nova(() => ({ json: { server: full } }));
  expect(await servers.show(compute, 'a1')).toEqual({
    id: 'a1',
    name: 'nb-alice-thesis',
    projectId: 'p1',
    status: 'ACTIVE',
    taskState: null,
    powerState: 1,
    userId: 'u1',
    created: new Date('2026-11-22T21:26:01Z'),
    addresses: [
      { network: 'Internal', address: '172.16.101.113', version: 4, type: 'fixed' },
      { network: 'Internal', address: '130.246.0.9', version: 4, type: 'floating' },
      { network: 'Internal', address: 'fd00::1', version: 6, type: 'fixed' },
    ],
    flavor: { name: 'l3.nano', vcpus: 2, ramMiB: 2048, diskGiB: 10 },
    imageId: 'i1',
    metadata: { 'nubes-nb:user': 'alice' },
    tags: ['nubes-nb'],
    locked: false,
    keyName: 'k',
    fault: null,
  });
});

test('servers.list reads a volume boot, a failed server and a server of a cell that is down', async () => {
  const fault = { code: 500, message: 'No valid host was found. ', created: full.created };
  const { compute } = await nova(() => ({
    json: {
      servers: [
        { ...full, image: '' },
        { ...full, id: 'a2', status: 'ERROR', fault: { ...fault, details: 'Traceback' } },
        { id: 'a3', status: 'UNKNOWN', tenant_id: 'p1', created: full.created, links: [] },
      ],
    },
  }));
  const { servers: found } = await servers.list(compute, {});
  expect(found[0]).toMatchObject({ imageId: null });
  expect(found[1]?.fault).toEqual({ ...fault, created: new Date(full.created) });
  expect(found[2]).toMatchObject({ id: 'a3', status: 'UNKNOWN', userId: '', addresses: [] });
});

test('servers.list filters by tags, user and time, and returns the time of Nova', async () => {
  const { compute, seen } = await nova(() => ({
    headers: { Date: 'Sun, 22 Nov 2026 12:00:00 GMT' },
    json: { servers: [full, { ...full, user_id: 'u2' }] },
  }));
  const { servers: found, at } = await servers.list(compute, {
    tags: ['nubes-nb', 'nubes-nb.u=alice'],
    userId: 'u1',
    changesSince: new Date('2026-11-22T11:59:00.123Z'),
  });
  expect(Object.fromEntries(seen[0]?.query ?? [])).toEqual({
    limit: '1000',
    tags: 'nubes-nb,nubes-nb.u=alice',
    user_id: 'u1',
    'changes-since': '2026-11-22T11:59:00Z',
  });
  expect(found).toHaveLength(1);
  expect(at).toEqual(new Date('2026-11-22T12:00:00Z'));
});

test('servers.list before 2.83 filters by user itself', async () => {
  const { compute, seen } = await nova(
    () => ({ json: { servers: [full, { ...full, id: 'b', user_id: 'u2' }] } }),
    '2.79',
  );
  const { servers: found } = await servers.list(compute, { userId: 'u1' });
  expect(seen[0]?.query.has('user_id')).toBe(false);
  expect(found.map(({ id }) => id)).toEqual(['a1']);
});

test('servers.list follows markers, not the links', async () => {
  const otherHost = await serve(() => ({ json: {} }));
  const ids = ['a1', 'a2', 'a3'];
  const { compute, seen } = await nova(({ query }) => {
    const at = ids.indexOf(query.get('marker') ?? '') + 1;
    const next = { rel: 'next', href: `${otherHost.url}/v2.1/servers/detail?marker=evil` };
    return {
      json: {
        servers: [{ ...full, id: ids[at] }],
        ...(at < ids.length - 1 ? { servers_links: [next] } : {}),
      },
    };
  });
  const { servers: found } = await servers.list(compute, { tags: ['nubes-nb'] });
  expect(found.map(({ id }) => id)).toEqual(ids);
  expect(seen.map(({ query }) => query.get('marker'))).toEqual([null, 'a1', 'a2']);
  expect(seen.every(({ query }) => query.get('tags') === 'nubes-nb')).toBe(true);
  expect(otherHost.seen).toEqual([]);
});

test.each([
  ['an empty body', undefined],
  ['servers that are not a list', { servers: {} }],
  ['a server without an id', { servers: [{ ...full, id: undefined }] }],
  ['an invalid timestamp', { servers: [{ ...full, created: 'yesterday' }] }],
])('servers.list throws SERVICE_ERROR for %s', async (_name, json) => {
  const { compute } = await nova(() => ({
    json,
    headers: { 'X-Openstack-Request-Id': 'req-3' },
  }));
  expect(await failure(servers.list(compute, {}))).toMatchObject({
    code: 'SERVICE_ERROR',
    service: 'Nova',
    requestId: 'req-3',
    message: expect.stringMatching(/v2\.1 is not what Nova sends: (an empty|unexpected)/),
  });
});

const spec = {
  name: 'nb-alice-thesis',
  imageId: 'i1',
  flavorId: 'f1',
  keyName: 'k',
  networkId: 'n1',
  userData: 'e30=',
  metadata: { a: 'b' },
  tags: ['nubes-nb'],
  description: 'd',
  configDrive: true,
};

test('servers.create sends exactly the spec, and drops the root password', async () => {
  const { compute, seen } = await nova(() => ({
    status: 202,
    headers: { 'X-Compute-Request-Id': 'req-9' },
    json: { server: { id: 'a1', adminPass: 'hunter2' } },
  }));
  expect(await servers.create(compute, spec)).toEqual({ id: 'a1', requestId: 'req-9' });
  expect(seen[0]?.body).toEqual({
    server: {
      name: 'nb-alice-thesis',
      imageRef: 'i1',
      flavorRef: 'f1',
      key_name: 'k',
      config_drive: true,
      networks: [{ uuid: 'n1' }],
      description: 'd',
      metadata: { a: 'b' },
      tags: ['nubes-nb'],
      user_data: 'e30=',
    },
  });
  await servers.create(compute, { ...spec, securityGroups: ['s1'] });
  expect(seen[1]?.body).toMatchObject({ server: { security_groups: [{ name: 's1' }] } });
});

test('servers.create is not sent again after a 504', async () => {
  const { compute, seen } = await nova(() => ({ status: 504, text: '<html>late</html>' }));
  expect(await failure(servers.create(compute, spec))).toMatchObject({ status: 504 });
  expect(seen).toHaveLength(1);
});

test('servers.start, stop and reboot post their actions', async () => {
  const { compute, seen } = await nova(() => ({ status: 202 }));
  await servers.start(compute, 'a1');
  await servers.stop(compute, 'a1');
  await servers.reboot(compute, 'a1', 'HARD');
  expect(seen.map(({ path, body }) => [path, body])).toEqual([
    ['/v2.1/servers/a1/action', { 'os-start': null }],
    ['/v2.1/servers/a1/action', { 'os-stop': null }],
    ['/v2.1/servers/a1/action', { reboot: { type: 'HARD' } }],
  ]);
});

test('servers.remove accepts a 404 and throws a 409', async () => {
  const answers = [204, 404, 409];
  const { compute } = await nova((_seen, _response, nth) => ({ status: answers[nth - 1] ?? 0 }));
  expect(await servers.remove(compute, 'a1')).toEqual({ requestId: undefined });
  expect(await servers.remove(compute, 'a1')).toBe('gone');
  expect(await failure(servers.remove(compute, 'a1'))).toMatchObject({ status: 409 });
});

test.each([404, 409, 501])('servers.consoleOutput is undefined for a %i', async (status) => {
  const { compute } = await nova(() => ({ status }));
  expect(await servers.consoleOutput(compute, 'a1', 100)).toBeUndefined();
});

test.each([
  [400, 'SERVICE_ERROR'],
  [403, 'NOT_ALLOWED'],
])('servers.consoleOutput with a %i throws %s', async (status, code) => {
  const { compute } = await nova(() => ({ status }));
  await expect(servers.consoleOutput(compute, 'a1', 100)).rejects.toMatchObject({ code });
});

test('servers.consoleOutput without the output in the response throws SERVICE_ERROR', async () => {
  const { compute } = await nova(() => ({ json: { unexpected: 1 } }));
  await expect(servers.consoleOutput(compute, 'a1', 100)).rejects.toMatchObject({
    code: 'SERVICE_ERROR',
  });
});

test('servers.consoleOutput is sent again after a 503', async () => {
  const { compute, seen } = await nova((_seen, _response, nth) =>
    nth === 1 ? { status: 503 } : { json: { output: 'hello' } },
  );
  expect(await servers.consoleOutput(compute, 'a1', 100)).toBe('hello');
  expect(seen[1]?.body).toEqual({ 'os-getConsoleOutput': { length: 100 } });
});
