import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  isBehindProxy,
  lacksSsh,
  readGeneralConfig,
  type UserConfig,
  userConfigFile,
} from '../../src/ssh/user-config.ts';
import { hasSsh } from '../support/ssh.ts';

const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-user-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const bin = join(folder, 'bin');
mkdirSync(bin);

/** A computer whose `ssh -G` prints these lines; with `read` a configuration file of this text. */
function computer(printed: string, { exit = 0, read = '' } = {}) {
  writeFileSync(join(folder, 'printed'), printed);
  writeFileSync(join(folder, 'config'), read);
  const lines = [
    '#!/bin/sh',
    `case "$*" in *-v*) echo 'debug1: Reading configuration data ${folder}/config' >&2 ;; esac`,
    `cat '${folder}/printed'; exit ${exit}`,
  ];
  writeFileSync(join(bin, 'ssh'), `${lines.join('\n')}\n`, { mode: 0o755 });
  return {
    environment: { PATH: `${bin}:/usr/bin:/bin`, SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other' },
    cwd: '/work',
    home: '/home/alice',
    interrupted: new AbortController().signal,
  };
}

const nothing = {
  home: '/home/alice',
  identityFiles: [],
  agent: '/run/agent',
  isFilesOnly: false,
  isProxied: false,
  newerInUse: [],
  variables: [],
};

const braced = (name: string) => ['$', `{${name}}`].join('');

const cases: readonly (readonly [string, Partial<UserConfig>])[] = [
  ['hostname x', {}],
  [
    'identityfile ~/.ssh/id_a\nidentityfile none\nidentityfile %d/b',
    { identityFiles: ['/home/alice/.ssh/id_a', '/home/alice/b'] },
  ],
  [
    'identityfile keys/c\nidentityfile "/my keys/d"',
    { identityFiles: ['/work/keys/c', '/my keys/d'] },
  ],
  [`identityfile ${braced('OTHER')}/e`, { identityFiles: ['/run/other/e'], variables: ['OTHER'] }],
  [
    `identityfile ${braced('UNSET')}/e`,
    { identityFiles: [`/work/${braced('UNSET')}/e`], variables: ['UNSET'] },
  ],
  [
    'controlpath /data/my home/.ssh\nidentityfile ~/.ssh/id_a',
    { home: '/data/my home', identityFiles: ['/data/my home/.ssh/id_a'] },
  ],
  ['controlpath ~/.ssh', {}],
  ['identityfiles /a\nidentityfil /b', {}],
  ['identityagent none', { agent: undefined }],
  ['identityagent SSH_AUTH_SOCK', {}],
  ['identityagent $OTHER', { agent: '/run/other', variables: ['OTHER'] }],
  ['identityagent ~/agent', { agent: '/home/alice/agent' }],
  ['identitiesonly yes', { isFilesOnly: true }],
  ['identitiesonly no', {}],
  ['proxyjump gate', { isProxied: true }],
  ['proxycommand nc %h %p', { isProxied: true }],
  ['proxyjump none\nproxycommand none', {}],
  ['sessiontype none', { newerInUse: ['sessiontype'] }],
  ['sessiontype default\nstdinnull no\nforkafterauthentication false\nknownhostscommand none', {}],
  [
    'stdinnull yes\nforkafterauthentication true',
    { newerInUse: ['stdinnull', 'forkafterauthentication'] },
  ],
];
test.each(cases)('the configuration %j of ssh is read', async (printed, expected) => {
  const found = await readGeneralConfig(computer(`${printed}\n`));
  const newerInUse = expect.arrayContaining([...(expected.newerInUse ?? [])]);
  expect(found).toEqual({ ...nothing, ...expected, newerInUse, mayNameProxy: false });
  expect(found?.newerInUse).toHaveLength(expected.newerInUse?.length ?? 0);
});

test('a configuration that ssh cannot read is unknown', async () => {
  expect(await readGeneralConfig(computer('identityfile /a\n', { exit: 255 }))).toBeUndefined();
});

test('ssh is asked for a VM only if a configuration file names a proxy', async () => {
  const serverId = '6b2bedc4-9d8e-4bf3-be63-1dd49bc2e188';
  const target = {
    ...{ serverId, user: 'alice', host: '10.0.0.1', port: 22, keyFile: undefined },
    ...{ knownHosts: '/known', pinned: true },
  };
  const connection = { target, release: undefined };
  const proxied = 'proxyjump gate\n';
  expect(await isBehindProxy(computer(proxied), connection)).toBe(false);
  expect(await isBehindProxy(computer(proxied, { read: 'ProxyJump gate' }), connection)).toBe(true);
  expect(await isBehindProxy(computer('', { read: 'ProxyJump gate' }), connection)).toBe(false);
});

test('a run that has found no ssh starts none for a VM', async () => {
  const world = computer('proxyjump gate\n', { read: 'ProxyJump gate' });
  const environment = { PATH: folder };
  const without = { ...world, environment };
  expect(await lacksSsh(without)).toBe(true);
  environment.PATH = bin;
  const target = { serverId: 'x', user: 'alice', host: '10.0.0.1', port: 22, keyFile: undefined };
  const connection = { target: { ...target, knownHosts: '/k', pinned: true }, release: undefined };
  expect(await isBehindProxy(without, connection)).toBe(false);
  expect(await lacksSsh(world)).toBe(false);
});

test('two worlds with the same variables ask ssh for the rules of every host once', async () => {
  const world = computer('identityfile /first');
  await readGeneralConfig(world);
  writeFileSync(join(folder, 'printed'), 'identityfile /second');
  expect(await readGeneralConfig({ ...world })).toMatchObject({ identityFiles: ['/first'] });
  const other = { ...world, environment: { ...world.environment } };
  expect(await readGeneralConfig(other)).toMatchObject({ identityFiles: ['/second'] });
});

test.runIf(hasSsh)('the home folder of ssh is that of the account, whatever HOME is', async () => {
  const world = {
    ...{ environment: { PATH: process.env['PATH'], HOME: folder }, cwd: folder, home: folder },
    interrupted: new AbortController().signal,
  };
  expect((await readGeneralConfig(world))?.home).toBe(userInfo().homedir);
  expect(await userConfigFile(world)).toBe(join(userInfo().homedir, '.ssh/config'));
  expect(await userConfigFile({ ...world, environment: {}, sshHome: folder })).toBe(
    '~/.ssh/config',
  );
});
