import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { releases } from '../../src/sandbox/cloud/release.ts';
import { createDriver, type Driver } from '../contract/driver.ts';
import type { Service } from '../contract/exchange.ts';
import { exchangesOf } from '../contract/exchanges.ts';

type Lab = Readonly<Record<string, string>>;

const folder = process.env['LAB_DIR'] ?? '/tmp/nubes-lab';
const release = releases.find((each) => each === process.env['LAB_RELEASE']) ?? 'zed';
const run = Math.random().toString(16).slice(2, 8);
let driver: Driver;
let variables: Readonly<Record<string, string>>;

beforeAll(async () => {
  const lab = JSON.parse(readFileSync(join(folder, 'lab.json'), 'utf8')) as Lab;
  driver = createDriver({
    origins: {
      identity: origin(lab, 'OS_AUTH_URL'),
      compute: origin(lab, 'LAB_COMPUTE_URL'),
      image: origin(lab, 'LAB_IMAGE_URL'),
      network: origin(lab, 'LAB_NETWORK_URL'),
    },
    get variables() {
      return { ...variables, soon: new Date(Date.now() + 6000).toISOString().slice(0, 19) };
    },
    password: (user) => lab[`LAB_USER_${user.toUpperCase()}_PASSWORD`] ?? '',
    projectOf: (user) => lab[user === 'quinn' ? 'LAB_PROJECT_SMALL' : 'LAB_PROJECT'] ?? '',
    wait: () => wait(700),
  });
  variables = labVariables(lab);
  variables = { ...variables, ...(await lookUpVariables()) };
});

afterAll(async () => {
  for (const user of ['alice', 'quinn']) await removeLeftovers(user);
});

describe('the real services answer according to the contract', () => {
  for (const exchange of exchangesOf(release)) {
    test(exchange.name, { timeout: 180_000 }, () => driver.run(exchange));
  }
});

function origin(lab: Lab, name: string): string {
  return new URL(lab[name] ?? '').origin;
}

function labVariables(lab: Lab): Record<string, string> {
  return {
    run,
    aliceName: lab['LAB_USER_ALICE'] ?? '',
    alicePassword: lab['LAB_USER_ALICE_PASSWORD'] ?? '',
    carolPassword: lab['LAB_USER_CAROL_PASSWORD'] ?? '',
    project: lab['LAB_PROJECT'] ?? '',
    projectId: lab['LAB_PROJECT_ID'] ?? '',
    image: lab['LAB_IMAGE_ID'] ?? '',
    imageName: lab['LAB_IMAGE'] ?? '',
    flavor: lab['LAB_FLAVOR_ID'] ?? '',
    network: lab['LAB_NETWORK_ID'] ?? '',
    external: lab['LAB_EXTERNAL_NETWORK_ID'] ?? '',
    started: `${new Date(Date.now() - 60_000).toISOString().slice(0, 19)}Z`,
  };
}

interface Listing {
  readonly flavors?: readonly { readonly id: string; readonly name: string }[];
  readonly servers?: readonly { readonly id: string; readonly name: string }[];
  readonly keypairs?: readonly { readonly keypair: { readonly name: string } }[];
  readonly security_groups?: readonly { readonly id: string; readonly name: string }[];
  readonly floatingips?: readonly { readonly id: string; readonly description: string }[];
  readonly images?: readonly { readonly id: string; readonly name: string }[];
  readonly networks?: readonly { readonly id: string; readonly name: string }[];
  readonly application_credentials?: readonly { readonly id: string; readonly name: string }[];
}

async function list(user: string, service: Service, path: string) {
  return (await driver.send(user, 'GET', service, path)).json as Listing;
}

async function userId(user: string): Promise<string> {
  const reply = await driver.send(user, 'GET', 'compute', '/os-keypairs/nb-contract-none');
  return /user ([0-9a-f]{64})/.exec(reply.text)?.[1] ?? '';
}

async function lookUpVariables(): Promise<Record<string, string>> {
  const { flavors = [] } = await list('alice', 'compute', '/flavors');
  return {
    huge: flavors.find(({ name }) => name === 'l3.huge')?.id ?? '',
    volume: flavors.find(({ name }) => name === 'l3.volume')?.id ?? '',
    user: await userId('alice'),
  };
}

/** Deletes what a failed exchange left behind. */
async function removeLeftovers(user: string): Promise<void> {
  const isOwn = ({ name }: { readonly name: string }) => name.startsWith('nb-contract');
  const credentials = `/users/${await userId(user)}/application_credentials`;
  const { servers = [] } = await list(user, 'compute', '/servers');
  for (const { id } of servers.filter(isOwn)) await remove(user, 'compute', `/servers/${id}`);
  const { keypairs = [] } = await list(user, 'compute', '/os-keypairs');
  for (const { name } of keypairs.map(({ keypair }) => keypair).filter(isOwn)) {
    await remove(user, 'compute', `/os-keypairs/${name}`);
  }
  const { security_groups: groups = [] } = await list(user, 'network', '/security-groups');
  for (const { id } of groups.filter(isOwn))
    await remove(user, 'network', `/security-groups/${id}`);
  const { networks = [] } = await list(user, 'network', '/networks');
  for (const { id } of networks.filter(isOwn)) await remove(user, 'network', `/networks/${id}`);
  for (const query of ['visibility=all', 'visibility=all&os_hidden=true']) {
    const { images = [] } = await list(user, 'image', `/images?${query}`);
    const own = images.filter(({ name }) => name?.includes('nb-contract'));
    for (const { id } of own) await remove(user, 'image', `/images/${id}`);
  }
  const { floatingips = [] } = await list(user, 'network', '/floatingips');
  for (const { id } of floatingips.filter((one) => one.description === 'nb-contract')) {
    await remove(user, 'network', `/floatingips/${id}`);
  }
  const { application_credentials: credentialList = [] } = await list(
    user,
    'identity',
    credentials,
  );
  for (const { id } of credentialList.filter(isOwn))
    await remove(user, 'identity', `${credentials}/${id}`);
}

function remove(user: string, service: Service, path: string) {
  return driver.send(user, 'DELETE', service, path);
}
