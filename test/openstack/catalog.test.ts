import { expect, test } from 'vitest';
import { type Catalog, endpoints } from '../../src/openstack/catalog.ts';

const host = 'https://openstack.example.org';

function catalogOf(
  urls: Record<string, string>,
  region = 'RegionOne',
  interfaceName = 'public',
): Catalog {
  return Object.entries(urls).map(([type, url]) => ({
    type,
    endpoints: [{ interface: interfaceName, region, region_id: region, url }],
  }));
}
const usual = {
  identity: `${host}:5000/v3`,
  compute: `${host}:8774/v2.1`,
  image: `${host}:9292/v2`,
  network: `${host}:9696/v2.0`,
};

test.each([
  ['compute', ':8774/v2.1', ':8774/v2.1'],
  ['compute', ':8774/v2.1/', ':8774/v2.1'],
  ['compute', ':8774', ':8774/v2.1'],
  ['compute', ':8774/', ':8774/v2.1'],
  ['compute', '/compute/v2.1', '/compute/v2.1'],
  ['compute', '/compute', '/compute/v2.1'],
  ['compute', ':8774/v2.1/79e2192593b04d48', ':8774/v2.1/79e2192593b04d48'],
  ['compute', ':8774/v2/79e2192593b04d48/', ':8774/v2.1/79e2192593b04d48'],
  ['compute', '/vms/v2.1', '/vms/v2.1'],
  ['network', ':9696', ':9696/v2.0'],
  ['network', ':9696/', ':9696/v2.0'],
  ['network', ':9696/v2.0/', ':9696/v2.0'],
  ['network', '/networking', '/networking/v2.0'],
  ['image', ':9292', ':9292/v2'],
  ['image', ':9292/v2/', ':9292/v2'],
  ['image', ':9292/v1', ':9292/v2'],
  ['image', '/image', '/image/v2'],
  ['identity', ':5000', ':5000/v3'],
  ['identity', ':5000/v3/', ':5000/v3'],
  ['identity', ':5000/v2.0', ':5000/v3'],
  ['identity', '/identity', '/identity/v3'],
] as const)('endpoints turns the %s URL %s into %s', (type, path, expected) => {
  const catalog = catalogOf({ ...usual, [type]: host + path });
  expect(endpoints(catalog, { interface: 'public' })[type]).toBe(host + expected);
});

test('endpoints accepts publicURL, and a region in region or region_id', () => {
  const old = catalogOf(usual, 'RegionOne', 'publicURL');
  expect(endpoints(old, { interface: 'public', region: 'RegionOne' }).compute).toBe(usual.compute);
  const byId = old.map((each) => ({
    ...each,
    endpoints: each.endpoints.map((one) => ({ ...one, region: null })),
  }));
  expect(endpoints(byId, { interface: 'public', region: 'RegionOne' }).image).toBe(usual.image);
});

test('endpoints accepts a catalog without Keystone', () => {
  const { identity: _, ...others } = usual;
  expect(endpoints(catalogOf(others), { interface: 'public' })).not.toHaveProperty('identity');
});

const second = { ...usual, compute: `${host}:1`, image: `${host}:2`, network: `${host}:3` };

test('endpoints takes all endpoints of the chosen region', () => {
  const two = [...catalogOf(usual, 'A'), ...catalogOf(second, 'B')];
  expect(endpoints(two, { interface: 'public', region: 'B' })).toEqual({
    identity: usual.identity,
    compute: `${host}:1/v2.1`,
    image: `${host}:2/v2`,
    network: `${host}:3/v2.0`,
  });
});

test('endpoints takes the first endpoint of a region that has two', () => {
  const two = [...catalogOf(usual), ...catalogOf({ compute: `${host}:1` })];
  expect(endpoints(two, { interface: 'public' }).compute).toBe(usual.compute);
});

test('endpoints refuses several regions of which none is chosen, and names them', () => {
  const two = [...catalogOf(usual, 'A 1'), ...catalogOf(second, 'B')];
  const find = () => endpoints(two, { interface: 'public' });
  expect(find).toThrow('The catalog has several regions and none is chosen: A 1, B.');
  expect(find).toThrow(
    expect.objectContaining({
      code: 'CONFIGURATION',
      hint: "nubes-nb config set openstack.region 'A 1' (or another one), then nubes-nb login",
    }),
  );
});

const { image, ...withoutImage } = second;
test.each([
  ['lacks a service', [...catalogOf(withoutImage, 'A'), ...catalogOf(usual, 'B')]],
  [
    'has one on another interface',
    [
      ...catalogOf(withoutImage, 'A'),
      ...catalogOf({ image }, 'A', 'internal'),
      ...catalogOf(usual, 'B'),
    ],
  ],
])('endpoints takes the second region if the first one %s', (_, catalog) => {
  expect(endpoints(catalog, { interface: 'public' })).toMatchObject({
    compute: usual.compute,
    image: usual.image,
    network: usual.network,
  });
});

test('endpoints takes no service of another region, even if no region has all of them', () => {
  const catalog = [...catalogOf(withoutImage, 'A'), ...catalogOf({ image }, 'B')];
  expect(() => endpoints(catalog, { interface: 'public' })).toThrow(
    'No region of the catalog has all of the services compute, image, network; its regions are A, B.',
  );
});

test.each([
  [{ interface: 'public', region: 'Nowhere' } as const, 'in region Nowhere, only in RegionOne'],
  [{ interface: 'internal' } as const, 'no internal endpoint of the compute service, only public'],
])('endpoints names what the catalog has if it lacks %o', (choice, words) => {
  const find = () => endpoints(catalogOf(usual), choice);
  expect(find).toThrow(expect.objectContaining({ code: 'CONFIGURATION', exit: 11 }));
  expect(find).toThrow(words);
  // Both may come from the environment of the openstack client.
  expect(find).toThrow(expect.objectContaining({ hint: expect.stringContaining('clouds.yaml') }));
});

test('endpoints names a missing service, and removes control characters from names', () => {
  const find = () => endpoints(catalogOf({ 'vol\u001b[31mume': host }), { interface: 'public' });
  expect(find).toThrow('The catalog of your project has no compute service, only vol [31mume.');
});

test.each(['image', 'network', 'compute'] as const)(
  'endpoints names %s if it is missing',
  (type) => {
    const { [type]: _, ...others } = usual;
    const find = () => endpoints(catalogOf(others), { interface: 'public' });
    expect(find).toThrow(`The catalog of your project has no ${type} service, only identity, `);
    expect(find).toThrow(expect.objectContaining({ code: 'CONFIGURATION', exit: 11 }));
  },
);

test('endpoints refuses an empty catalog in words', () => {
  const find = () => endpoints([], { interface: 'public' });
  expect(find).toThrow('The catalog of your project is empty.');
  const hint = 'ask your cloud team why: nubes-nb needs the services compute, image, network';
  expect(find).toThrow(expect.objectContaining({ code: 'CONFIGURATION', hint }));
});

test('endpoints takes the first of two services of one type, and addresses by IPv6', () => {
  const urls = { compute: 'http://[::1]:8774/v2.1/', network: 'http://[::1]:9696/' };
  const two = [...catalogOf({ ...usual, ...urls }), ...catalogOf(second)];
  expect(endpoints(two, { interface: 'public' })).toMatchObject({
    compute: 'http://[::1]:8774/v2.1',
    image: usual.image,
    network: 'http://[::1]:9696/v2.0',
  });
});

const correction = 'ask your cloud team to correct the endpoint of the image service in Keystone';

test.each([
  ['nonsense', 'nonsense.'],
  ['', 'it is empty.'],
  ['glance.example.org:9292', 'glance.example.org:9292.'],
  ['https://user:secret@[fd00::1:9292/', 'https://[fd00::1:9292/.'],
])('endpoints throws CONFIGURATION for %j, which is not a URL', (image, shown) => {
  const find = () => endpoints(catalogOf({ ...usual, image }), { interface: 'public' });
  expect(find).toThrow(expect.objectContaining({ code: 'CONFIGURATION', hint: correction }));
  expect(find).toThrow(`The catalog's image endpoint is not a URL: ${shown}`);
});

test.each([
  '$(project_id)s',
  '%(tenant_id)s',
  `\${project_id}`,
  '{project_id}',
  'AUTH_%(user_id)s',
])('endpoints names the service and the URL if Keystone has not filled %s', (template) => {
  const image = `${host}:9292/v2/${template}`;
  const find = () => endpoints(catalogOf({ ...usual, image }), { interface: 'public' });
  expect(find).toThrow(
    `The catalog's image endpoint is a template that Keystone has not filled: ${image}.`,
  );
  const error = { code: 'SERVICE_ERROR', exit: 9, hint: correction };
  expect(find).toThrow(expect.objectContaining(error));
});

test('endpoints says that a service has no endpoint, as if Keystone cannot fill its template', () => {
  const catalog = catalogOf(usual).map((each) =>
    each.type === 'image' ? { ...each, endpoints: [] } : each,
  );
  const find = () => endpoints(catalog, { interface: 'public' });
  expect(find).toThrow('The catalog of your project lists the image service without an endpoint.');
  expect(find).toThrow(expect.objectContaining({ code: 'CONFIGURATION', hint: correction }));
});
