import { expect, test } from 'vitest';
import {
  accessTo,
  addressOf,
  hostOf,
  pageOf,
  remotePortOf,
  wantsFloatingIp,
} from '../../src/notebooks/address.ts';
import type { Address, Server } from '../../src/openstack/compute/servers.ts';
import { serverWith } from '../support/server.ts';

test.each([
  ['jupyter-lab', 'lab'],
  ['jupyter lab', 'lab'],
  ['/opt/conda/bin/jupyter-lab --debug', 'lab'],
  ['/opt/conda/bin/jupyter lab', 'lab'],
  ['python3 -m jupyterlab', 'lab'],
  ['jupyter-notebook', 'tree'],
  ['jupyter notebook', 'tree'],
  ['/opt/labtools/bin/jupyter-notebook', 'tree'],
  ['/opt/jupyter-lab/bin/jupyter-notebook', 'tree'],
  ['jupyter-notebook --config=/srv/jupyter-lab', 'tree'],
  ['labenv jupyter-notebook', 'tree'],
  ['jupyter-notebook --name jupyter-lab', 'tree'],
] as const)('pageOf the command %s is %s', (command, page) => {
  expect(pageOf(command)).toBe(page);
});

const settings = {
  notebook: {
    command: 'jupyter-lab',
    hostTemplate: undefined,
    port: 8888,
    sshPort: 22,
  },
  keyFile: undefined,
  stateFolder: '/state',
  account: 'alice',
  pinned: false,
  release: undefined,
  localPort: 20_001,
  shell: 'posix',
} as const;

const fixed = address('10.0.0.5', 'fixed');
const floating = address('192.0.2.9', 'floating');
const key = (name: string) => `nubes-nb:${name}`;

test.each([
  ['a tunnel', { metadata: {} }, 'tunnel', 'http://127.0.0.1:20001/lab'],
  ['a tunnel, before an address', { addresses: [] }, 'tunnel', 'http://127.0.0.1:20001/lab'],
  ['direct', direct(), 'direct', 'https://10.0.0.5:8888/lab'],
  ['direct, with a port', direct({ [key('port')]: '9999' }), 'direct', 'https://10.0.0.5:9999/lab'],
  [
    'direct, with a floating IP',
    { ...direct(), addresses: [fixed, floating] },
    'direct',
    'https://192.0.2.9:8888/lab',
  ],
  [
    'direct, with IPv6 alone',
    { ...direct(), addresses: [address('2001:db8::5', 'fixed', 6)] },
    'direct',
    'https://[2001:db8::5]:8888/lab',
  ],
  ['direct, before an address', { ...direct(), addresses: [] }, 'direct', null],
] as const)('accessTo a notebook that is %s', (_, changes, access, url) => {
  expect(accessTo(server(changes), settings)).toMatchObject({ access, url });
});

test.each([
  [undefined, '10.0.0.5'],
  ['{ip}', '10.0.0.5'],
  ['vm-{ip-dashed}.example.org', 'vm-10-0-0-5.example.org'],
  ['-o{ip}', undefined],
  ['a b', undefined],
])('hostOf with the template %s is %s', (hostTemplate, host) => {
  expect(hostOf(server({}), { hostTemplate })).toBe(host);
});

test.each([
  ['9999', 9999],
  ['0', 8888],
  ['65536', 8888],
  ['80 -o', 8888],
  [undefined, 8888],
])('remotePortOf metadata %j is %i', (text, port) => {
  const metadata = text === undefined ? {} : { [key('port')]: text };
  expect(remotePortOf(server({ metadata }), 8888)).toBe(port);
});

test.each([
  ['direct', 'auto', undefined, true],
  ['direct', 'none', undefined, false],
  ['direct', 'none', 'auto', true],
  ['direct', 'auto', 'none', false],
  ['tunnel', 'auto', 'auto', false],
] as const)(
  'wantsFloatingIp with %s access, setting %s and own choice %s is %s',
  (access, floatingIp, own, wanted) => {
    const choice = own === undefined ? {} : { [key('floating-ip')]: own };
    const metadata = { [key('access')]: access, ...choice };
    expect(wantsFloatingIp({ metadata }, { floatingIp })).toBe(wanted);
  },
);

function address(text: string, type: Address['type'], version: Address['version'] = 4): Address {
  return { network: 'lab', address: text, version, type };
}

function direct(metadata: Record<string, string> = {}): Partial<Server> {
  return { metadata: { [key('access')]: 'direct', ...metadata } };
}

function server(changes: Partial<Server>): Server {
  return serverWith({ addresses: [fixed], metadata: {}, ...changes });
}

function addressesOf(text: string): readonly Address[] {
  return text.split(' ').flatMap((word): Address[] => {
    if (word === '') return [];
    const version = word.includes(':') ? 6 : 4;
    const type = word.startsWith('+') ? 'floating' : 'fixed';
    return [{ network: 'n', address: word.replace('+', ''), version, type }];
  });
}

/** `+` marks a floating address. */
test.each`
  addresses                     | chosen
  ${''}                         | ${undefined}
  ${'10.0.0.1'}                 | ${'10.0.0.1'}
  ${'10.0.0.1 10.0.0.2'}        | ${'10.0.0.1'}
  ${'10.0.0.1 +192.0.2.1'}      | ${'192.0.2.1'}
  ${'+192.0.2.1 10.0.0.1'}      | ${'192.0.2.1'}
  ${'2001:db8::1'}              | ${'2001:db8::1'}
  ${'2001:db8::1 10.0.0.1'}     | ${'10.0.0.1'}
  ${'+2001:db8::2 10.0.0.1'}    | ${'10.0.0.1'}
  ${'2001:db8::1 +192.0.2.1'}   | ${'192.0.2.1'}
  ${'2001:db8::1 +2001:db8::2'} | ${'2001:db8::1'}
`('of the addresses "$addresses" the VM is reached at $chosen', ({ addresses, chosen }) => {
  expect(addressOf(serverWith({ addresses: addressesOf(addresses) }))?.address).toBe(chosen);
});
