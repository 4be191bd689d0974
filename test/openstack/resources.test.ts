import { expect, test } from 'vitest';
import * as flavors from '../../src/openstack/compute/flavors.ts';
import * as actions from '../../src/openstack/compute/instance-actions.ts';
import * as keypairs from '../../src/openstack/compute/keypairs.ts';
import * as limits from '../../src/openstack/compute/limits.ts';
import * as images from '../../src/openstack/image/images.ts';
import * as networks from '../../src/openstack/network/networks.ts';
import { service } from '../../src/openstack/service.ts';
import { failure, quietHttp, type Script, serve } from './fake-service.ts';

async function cloud(script: Script) {
  const server = await serve(script);
  return { nova: service(quietHttp().http, { name: 'Nova', baseUrl: server.url }), ...server };
}

test('flavors.list reads sizes and the disabled flag', async () => {
  const wire = { id: 'f1', name: 'l3.nano', vcpus: 2, ram: 2048, disk: 10, swap: '' };
  const extras = {
    swap: 512,
    'OS-FLV-EXT-DATA:ephemeral': 40,
    extra_specs: { 'resources:VGPU': '1' },
    'OS-FLV-DISABLED:disabled': true,
  };
  const { nova, seen } = await cloud(() => ({
    json: { flavors: [wire, { ...wire, id: 'f2', ...extras }] },
  }));
  const size = { name: 'l3.nano', vcpus: 2, ramMiB: 2048, diskGiB: 10 };
  expect(await flavors.list(nova)).toEqual([
    { id: 'f1', ...size, disabled: false, ephemeralGiB: 0, swapMiB: 0, extraSpecs: {} },
    {
      ...{ id: 'f2', ...size, disabled: true },
      ...{ ephemeralGiB: 40, swapMiB: 512, extraSpecs: { 'resources:VGPU': '1' } },
    },
  ]);
  expect(seen[0]?.path).toBe('/flavors/detail');
});

test('limits.show reads -1 as no limit', async () => {
  const absolute = {
    maxTotalInstances: -1,
    totalInstancesUsed: 3,
    maxTotalCores: 20,
    totalCoresUsed: 18,
    maxTotalRAMSize: 51200,
    totalRAMUsed: 2048,
  };
  const { nova } = await cloud(() => ({ json: { limits: { rate: [], absolute } } }));
  expect(await limits.show(nova)).toEqual({
    instances: { max: Number.POSITIVE_INFINITY, used: 3 },
    cores: { max: 20, used: 18 },
    ramMiB: { max: 51200, used: 2048 },
  });
});

test('keypairs.importKey sends the public key', async () => {
  const keypair = {
    name: 'a b',
    fingerprint: '1c:48',
    public_key: 'ssh-ed25519 AAAA',
    type: 'ssh',
  };
  const { nova, seen } = await cloud(() => ({ status: 201, json: { keypair } }));
  const expected = { name: 'a b', fingerprint: '1c:48', publicKey: 'ssh-ed25519 AAAA' };
  expect(await keypairs.importKey(nova, 'a b', 'ssh-ed25519 AAAA')).toEqual(expected);
  expect(seen.map(({ path }) => path)).toEqual(['/os-keypairs']);
  expect(seen[0]?.body).toEqual({
    keypair: { name: 'a b', public_key: 'ssh-ed25519 AAAA', type: 'ssh' },
  });
});

test('instance actions have a request id and a message', async () => {
  const wire = {
    action: 'start',
    request_id: 'req-1',
    message: 'Error',
    start_time: '2026-11-22T21:27:08.000000',
  };
  const { nova, seen } = await cloud(() => ({ json: { instanceActions: [wire] } }));
  expect(await actions.list(nova, 'a1')).toEqual([
    {
      action: 'start',
      requestId: 'req-1',
      message: 'Error',
    },
  ]);
  expect(seen[0]?.path).toBe('/servers/a1/os-instance-actions');
});

const image = {
  id: 'i1',
  name: 'jupyter',
  status: 'active',
  min_disk: 20,
  min_ram: 64,
  created_at: '2026-11-22T21:13:26Z',
  visibility: 'public',
  size: 1024,
  virtual_size: 2048,
  owner: 'p1',
};

test('images.byName reads all pages of active images and keeps those of exactly this name', async () => {
  const { nova, seen } = await cloud(({ query }) => ({
    json: query.has('marker')
      ? { images: [{ ...image, id: 'i2', name: 'Jupyter' }] }
      : { images: [image], next: 'https://evil.example.org/v2/images?marker=zzz' },
  }));
  expect(await images.byName(nova, 'jupyter')).toEqual([
    {
      id: 'i1',
      name: 'jupyter',
      status: 'active',
      minDiskGiB: 20,
      minRamMiB: 64,
      bytes: 2048,
      visibility: 'public',
      owner: 'p1',
      createdAt: new Date('2026-11-22T21:13:26Z'),
      hidden: false,
      hasJupyter: undefined,
      adminKeys: '',
      software: '',
    },
  ]);
  expect(Object.fromEntries(seen[0]?.query ?? [])).toMatchObject({
    name: 'jupyter',
    status: 'active',
    sort: 'created_at:desc',
  });
  expect(seen[1]?.query.get('marker')).toBe('i1');
});

test.each([
  [{}, undefined, ''],
  [{ nubes_nb: '1' }, true, ''],
  [{ nubes_nb: 'True ' }, true, ''],
  [{ nubes_nb: 'no' }, false, ''],
  [{ nubes_nb: 'maybe' }, undefined, ''],
  [{ os_distro: 'debian', os_version: '13' }, undefined, 'debian 13'],
  [{ os_distro: 'debian', nubes_nb_software: 'numpy 2' }, undefined, 'numpy 2'],
])(
  'images.show reads %j as Jupyter %s and the software "%s"',
  async (properties, hasJupyter, software) => {
    const { nova } = await cloud(() => ({ json: { ...image, ...properties } }));
    expect(await images.show(nova, image.id)).toMatchObject({ hasJupyter, software });
  },
);

test.each([
  ['jupyter', 'jupyter'],
  ['in:a,b', 'eq:in:a,b'],
  ['site: "x", y', 'eq:site: "x", y'],
  ['a,b', 'a,b'],
])('images.byName asks for %s with the filter %s', async (name, filter) => {
  const { nova, seen } = await cloud(() => ({ json: { images: [{ ...image, name }] } }));
  expect(await images.byName(nova, name)).toMatchObject([{ name }]);
  expect(seen[0]?.query.get('name')).toBe(filter);
});

test.each([
  [404, undefined],
  [200, { id: 'i1', status: 'active' }],
])('images.show of an id that Glance answers with %i: %o', async (status, expected) => {
  const answer = status === 200 ? { json: image } : { status };
  const { nova, seen } = await cloud(() => answer);
  const found = await images.show(nova, 'ABC');
  if (expected === undefined) expect(found).toBe(undefined);
  else expect(found).toMatchObject(expected);
  expect(seen[0]?.path).toBe('/images/abc');
});

test('networks.byName returns every network of the name, with its external flag', async () => {
  const common = { name: 'Internal', shared: true, status: 'ACTIVE' };
  const wire = { id: 'n1', ...common, subnets: ['s1'] };
  const { nova, seen } = await cloud(() => ({
    json: {
      networks: [
        wire,
        { ...wire, id: 'n2', 'router:external': true, subnets: [] },
        { ...wire, name: 'x' },
      ],
    },
  }));
  expect(await networks.byName(nova, 'Internal')).toEqual([
    { id: 'n1', ...common, external: false, hasSubnet: true },
    { id: 'n2', ...common, external: true, hasSubnet: false },
  ]);
  expect(await networks.list(nova)).toHaveLength(3);
  expect(seen.map(({ query }) => query.get('name'))).toEqual(['Internal', null]);
});

test('a reply of another shape is SERVICE_ERROR', async () => {
  const { nova } = await cloud(() => ({ json: { limits: {} } }));
  expect(await failure(limits.show(nova))).toMatchObject({ code: 'SERVICE_ERROR', status: 200 });
});
