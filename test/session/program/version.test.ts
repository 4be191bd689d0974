import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const document = { service: 'Nova', path: /^\/v2\.1\/$/ } as const;

async function cloudNow() {
  const before = bench.sandbox.cloud.requests.length;
  const { code, stdout, stderr } = await bench.nb('version --json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const requests = bench.sandbox.cloud.requests.slice(before);
  return { cloud: JSON.parse(stdout).cloud, requests: requests.length };
}

const facts = {
  releases: ['2026.2'],
  tested: 'regularly',
  microversions: { minimum: '2.1', maximum: '2.104' },
};

test('version says which release the cloud of the login looks like, by one request', async () => {
  const { authUrl } = bench.sandbox;
  expect(await cloudNow()).toEqual({ cloud: { authUrl, ...facts, asked: true }, requests: 1 });
  const { stdout } = await bench.nb('version');
  expect(stdout.split('\n')[1]).toBe(
    `The cloud at ${authUrl} looks like OpenStack 2026.2 (Nova 2.1 to 2.104), on which nubes-nb is tested.`,
  );
});

test.each(['html-503', 'unauthorized', 'not-json', 'reset', 'too-many', 'redirect'] as const)(
  'version takes the microversions of the login if Nova answers with %s, without a second request',
  async (fault) => {
    bench.sandbox.cloud.faults.next(document, fault);
    const { cloud, requests } = await cloudNow();
    expect(cloud).toMatchObject({ ...facts, asked: false });
    expect(requests).toBe(1);
  },
);

test('version asks nothing without a login, or with settings that cannot be read', async () => {
  const other = bench.secondComputer();
  writeFileSync(other.configFile, 'not toml');
  const { code, stdout, stderr } = await other.nb('version --json');
  expect({ code, stderr, cloud: JSON.parse(stdout).cloud }).toEqual({
    code: 0,
    stderr: '',
    cloud: null,
  });
  bench.configure(() => '[openstack');
  expect(await cloudNow()).toEqual({ cloud: null, requests: 0 });
});
