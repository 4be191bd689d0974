import { describe, expect, test } from 'vitest';
import { requestAsAlice } from '../../../support/cloud.ts';
import { directAccess } from '../../../support/https.ts';
import { type CallOptions, sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();

const direct = { ...directAccess, NUBES_NB_NOTEBOOK_FLOATING_IP: 'auto' };
const nb = (words: string, options: CallOptions = {}) =>
  bench.nb(words, { ...options, environment: { ...direct, ...options.environment } });

interface Answer {
  readonly floatingip: { readonly floating_ip_address: string };
  readonly floatingips: readonly { readonly floating_ip_address: string }[];
  readonly ports: readonly unknown[];
}

const neutron = async (method: string, path: string, body?: object) =>
  (await requestAsAlice(bench, method, ['network', `/v2.0${path}`], body)) as Answer;

const addresses = async () =>
  (await neutron('GET', '/floatingips')).floatingips.map((one) => one.floating_ip_address);

async function aFreeOne(): Promise<string> {
  const external = bench.sandbox.cloud.networks.find((network) => network.external)?.id;
  const body = { floatingip: { floating_network_id: external, description: 'for the web' } };
  return (await neutron('POST', '/floatingips', body)).floatingip.floating_ip_address;
}

const quota = (most: number) => {
  const project = bench.sandbox.cloud.projects.find(({ name }) => name === 'jupyter-notebooks');
  Object.assign(project?.quota ?? {}, { floatingIps: most });
};

describe('a floating IP for a direct notebook', () => {
  test('a direct notebook gets a new floating IP if none is free, and delete releases it', async () => {
    const { code, stdout } = await nb('create x --json');
    const { address, url } = JSON.parse(stdout);
    expect(address).toMatch(/^130\.246\.0\.\d+$/);
    expect(new URL(url).hostname).toBe(address);
    expect([code, await addresses()]).toEqual([0, [address]]);
    expect(JSON.parse((await nb('show x --json')).stdout).address).toBe(address);
    const { stderr } = await nb('delete x --yes');
    expect(stderr).toContain(`floating: ${address}, created for it, is released`);
    expect(await addresses()).toEqual([]);
    expect((await neutron('GET', '/ports')).ports).toEqual([]);
  });

  test('a direct notebook gets a free floating IP of the project, and delete keeps it', async () => {
    const free = await aFreeOne();
    expect(JSON.parse((await nb('create x --json')).stdout).address).toBe(free);
    const { stderr } = await nb('delete x --yes');
    expect(stderr).toContain(`floating: ${free} existed before and stays with the project`);
    expect(await addresses()).toEqual([free]);
  });

  test('two direct notebooks get different floating IPs although one is free', async () => {
    const free = await aFreeOne();
    const created = await Promise.all(['x', 'y'].map((name) => nb(`create ${name} --json`)));
    const given = created.map(({ stdout }) => JSON.parse(stdout).address);
    expect(new Set(given).size).toBe(2);
    expect(given).toContain(free);
  });

  test('a floating IP stays over a stop, and a second start creates no second one', async () => {
    const { address } = JSON.parse((await nb('create x --json')).stdout);
    await nb('stop x');
    await nb('start x');
    expect(JSON.parse((await nb('start x --json')).stdout).address).toBe(address);
    expect(await addresses()).toEqual([address]);
  });

  test('a full quota of floating IPs exits 7 and keeps the notebook for a later start', async () => {
    quota(0);
    const { code, stdout, stderr } = await nb('create x --json');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'x', status: 'running' });
    expect(stderr).toContain(
      'There is no free floating IP, and Neutron refused to create one: Quota exceeded',
    );
    expect(stderr).toContain('then nubes-nb start x');
    expect(code).toBe(7);
    quota(1);
    expect((await nb('start x')).code).toBe(0);
    expect(await addresses()).toHaveLength(1);
  });

  test.each([
    ['/ports', 'html-503', 9, 'No server is available', 'nubes-nb start x'],
    [
      '/floatingips',
      'forbidden',
      5,
      'does not let you list floating IPs',
      'which role permits it, then nubes-nb start x',
    ],
    ['/floatingips', 'reset-after', 9, 'closed the connection', 'nubes-nb start x'],
  ] as const)(
    'create that Neutron fails at %s (%s) exits %i and names start, which adds the floating IP',
    async (path, fault, exit, why, hint) => {
      const { faults } = bench.sandbox.cloud;
      const failing = { service: 'Neutron', path: new RegExp(`${path}$`) } as const;
      faults.next(failing, fault, { times: 99 });
      const { code, stdout, stderr } = await nb('create x --json');
      expect(JSON.parse(stdout)).toMatchObject({ name: 'x', status: 'running' });
      expect(stderr).toContain(
        'error: The VM of x is running, but Neutron has not confirmed a floating IP for it: ',
      );
      expect(stderr).toContain(why);
      expect(stderr).toMatch(new RegExp(`^hint: .*${hint}$`, 'm'));
      expect(code).toBe(exit);
      faults.clear();
      expect((await nb('start x')).code).toBe(0);
      expect(await addresses()).toHaveLength(1);
    },
  );

  test('an interrupted create that is to get a floating IP names start', async () => {
    const interruption = new AbortController();
    const onSleep = () => interruption.abort('SIGINT');
    const { stderr } = await nb('create x', { interruption, onSleep });
    expect(stderr).toContain('hint: nubes-nb start x (or nubes-nb delete x)');
  });

  test('create --no-wait names start, which assigns the floating IP', async () => {
    const { stderr } = await nb('create x --no-wait');
    expect(stderr).toContain('warning: x has no floating IP yet: nubes-nb start x');
    await nb('start x');
    expect(await addresses()).toHaveLength(1);
  });

  test('start assigns the floating IP that create --no-wait --floating-ip requested', async () => {
    const settings = { environment: { NUBES_NB_NOTEBOOK_FLOATING_IP: 'none' } };
    const { stderr } = await nb('create x --no-wait --floating-ip auto', settings);
    expect(stderr).toContain('warning: x has no floating IP yet: nubes-nb start x');
    await nb('start x', settings);
    expect(await addresses()).toHaveLength(1);
  });

  test.each([
    ['create x --floating-ip none --no-wait', 'start x', 'start x'],
    ['create x --floating-ip none'],
    ['create x --access tunnel'],
    ['create x --no-wait', 'wait x'],
  ])('no floating IP is created by: %s %s', async (...commands) => {
    for (const words of commands) expect((await nb(words)).code).toBe(0);
    expect(await addresses()).toEqual([]);
  });

  test('delete names a floating IP that it cannot release, and deletes the notebook', async () => {
    const { address } = JSON.parse((await nb('create x --json')).stdout);
    bench.sandbox.cloud.faults.next(
      { service: 'Neutron', method: 'DELETE', path: /\/floatingips\// },
      'html-503',
      { times: 9 },
    );
    const { code, stdout, stderr } = await nb('delete x --yes');
    expect(stderr).toContain(
      `warning: the floating IP ${address} could not be released: openstack floating ip delete `,
    );
    expect([code, stdout]).toEqual([0, 'x is deleted.\n']);
  });

  test('delete --no-wait releases the floating IP', async () => {
    await nb('create x');
    await nb('delete x --yes --no-wait');
    expect(await addresses()).toEqual([]);
  });

  test('create of a direct notebook exits 11 if there are two external networks', async () => {
    const { networks } = bench.sandbox.cloud;
    const external = networks.find((network) => network.external);
    if (external) networks.push({ ...external, id: 'f'.repeat(8), name: 'Other' });
    const { code, stderr } = await nb('create x');
    expect(stderr).toContain('There are several external networks');
    expect(code).toBe(11);
  });
});

test('delete of a tunnel notebook sends no request to Neutron', async () => {
  await bench.nb('create t');
  const before = bench.sandbox.cloud.requests.length;
  await bench.nb('delete t --yes');
  const asked = bench.sandbox.cloud.requests.slice(before).map(({ service }) => service);
  expect(asked).not.toContain('Neutron');
});
