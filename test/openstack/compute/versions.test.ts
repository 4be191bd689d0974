import { expect, test } from 'vitest';
import { atLeast, computeVersions, negotiate } from '../../../src/openstack/compute/versions.ts';
import { service } from '../../../src/openstack/service.ts';
import { failure, quietHttp, serve } from '../fake-service.ts';

test.each([
  ['2.90', '2.90', true],
  ['2.9', '2.10', false],
  ['2.10', '2.9', true],
  ['2.100', '2.90', true],
  ['3.0', '2.90', true],
  ['1.99', '2.1', false],
  [undefined, '2.1', false],
])('atLeast(%s, %s) is %s', (version, wanted, expected) => {
  expect(atLeast(version, wanted)).toBe(expected);
});

test.each([
  ['2.1', '2.93', '2.90'],
  ['2.1', '2.90', '2.90'],
  ['2.1', '2.79', '2.79'],
  ['2.1', '2.52', '2.52'],
  ['2.1', '2.103', '2.90'],
])('negotiate with Nova %s to %s chooses %s', (minimum, maximum, chosen) => {
  expect(negotiate({ minimum, maximum })).toBe(chosen);
});

test.each([
  ['2.1', '2.51'],
  ['2.1', '2.9'],
  ['2.91', '2.120'],
])('negotiate with Nova %s to %s throws CONFIGURATION', (minimum, maximum) => {
  expect(() => negotiate({ minimum, maximum })).toThrow(
    expect.objectContaining({ code: 'CONFIGURATION', exit: 11 }),
  );
});

const current = { id: 'v2.1', status: 'CURRENT', version: '2.93', min_version: '2.1' };

test.each([
  ['a single version', '/v2.1', { version: current }],
  ['a single version, before a project id', '/v2.1/79e2192593b0', { version: current }],
  [
    'a list',
    '/compute/v2.1',
    { versions: [{ id: 'v2.0', version: '', min_version: '' }, current] },
  ],
])('computeVersions reads a document with %s', async (_name, path, json) => {
  const server = await serve((seen) =>
    seen.path === `${path.replace(/\/79e2192593b0$/, '')}/` ? { json } : { status: 404 },
  );
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: server.url + path });
  expect(await computeVersions(nova)).toEqual({ minimum: '2.1', maximum: '2.93' });
});

test.each([
  ['no microversions', { version: { id: 'v2.0', version: '' } }, 'CONFIGURATION'],
  ['no versions', { versions: [] }, 'SERVICE_ERROR'],
  ['something else', { hello: 'world' }, 'SERVICE_ERROR'],
])('computeVersions refuses a document with %s', async (_name, json, code) => {
  const server = await serve(() => ({ json }));
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: `${server.url}/v2.1` });
  expect(await failure(computeVersions(nova))).toMatchObject({ code });
});
