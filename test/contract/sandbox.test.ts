import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Cloud, startCloud } from '../../src/sandbox/cloud/cloud.ts';
import { releases } from '../../src/sandbox/cloud/release.ts';
import { createDriver, type Driver } from './driver.ts';
import { exchangesOf } from './exchanges.ts';

describe.each(releases)('the sandbox answers as OpenStack %s', (release) => {
  let cloud: Cloud;
  let driver: Driver;
  let clock = Date.parse('2026-11-22T20:00:00Z');

  beforeAll(async () => {
    cloud = await startCloud({ now: () => new Date(clock), release });
    driver = createDriver({
      origins: {
        identity: cloud.endpoints.identity.replace('/v3', ''),
        compute: cloud.endpoints.compute.replace('/v2.1', ''),
        image: cloud.endpoints.image,
        network: cloud.endpoints.network,
      },
      get variables() {
        const soon = new Date(clock + 6000).toISOString().slice(0, 19);
        return { ...sandboxVariables(cloud), soon };
      },
      password: (user) => cloud.users.find(({ name }) => name === user)?.password ?? '',
      projectOf: (user) => (user === 'quinn' ? 'small-quota' : 'jupyter-notebooks'),
      async wait() {
        clock += 500;
      },
    });
  });

  afterAll(() => cloud.close());

  for (const exchange of exchangesOf(release)) {
    test(exchange.name, () => driver.run(exchange));
  }
});

function sandboxVariables({ users, projects, images, flavors, networks }: Cloud) {
  const id = (things: readonly { id: string; name: string }[], name: string) =>
    things.find((thing) => thing.name === name)?.id ?? '';
  const password = (user: string) => users.find(({ name }) => name === user)?.password ?? '';
  return {
    run: 'aa00',
    aliceName: 'alice',
    alicePassword: password('alice'),
    carolPassword: password('carol'),
    user: id(users, 'alice'),
    project: 'jupyter-notebooks',
    projectId: id(projects, 'jupyter-notebooks'),
    image: id(images, 'jupyter-notebook-2026.11'),
    imageName: 'jupyter-notebook-2026.11',
    flavor: id(flavors, 'l3.nano'),
    huge: id(flavors, 'l3.huge'),
    volume: id(flavors, 'l3.volume'),
    network: id(networks, 'Internal'),
    external: id(networks, 'External'),
    started: '2026-11-22T19:59:00Z',
  };
}
