import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newestCloudFile, readCloudFile } from '../../src/session/cloud-file.ts';

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-cloud-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const authUrl = 'https://cloud.example.org:5000/v3';
/** As Horizon writes it. */
const rcFile = `#!/usr/bin/env bash
export OS_AUTH_URL=${authUrl}
export OS_PROJECT_NAME="jupyter-notebooks"
export OS_USER_DOMAIN_NAME="stfc"
if [ -z "$OS_USER_DOMAIN_NAME" ]; then unset OS_USER_DOMAIN_NAME; fi
export OS_USERNAME="alice"
echo "Please enter your OpenStack Password: "
read -sr OS_PASSWORD_INPUT
export OS_PASSWORD=$OS_PASSWORD_INPUT
`;
const cloudsYaml = (domain: string, url = authUrl) =>
  `clouds:\n  openstack:\n    auth:\n      auth_url: ${url}\n      username: alice\n      ${domain}\n`;
const twoDomains = `${cloudsYaml('user_domain_name: a')}${cloudsYaml('user_domain_name: b')
  .replace('clouds:\n', '')
  .replace('openstack', 'other')}`;

test.each([
  ['an RC file of Horizon', 'p-openrc.sh', rcFile, 'stfc'],
  ['an RC file with CRLF', 'p-openrc.sh', rcFile.replaceAll('\n', '\r\n'), 'stfc'],
  ['an RC file without export', 'openrc', `OS_AUTH_URL='${authUrl}'\n`, undefined],
  ['an empty domain', 'rc', `OS_AUTH_URL=${authUrl}\nOS_USER_DOMAIN_NAME=""\n`, undefined],
  ['a domain from a variable', 'rc', `OS_AUTH_URL=${authUrl}\nOS_USER_DOMAIN_NAME=$D\n`, undefined],
  ['the id default', 'rc', `OS_AUTH_URL=${authUrl}\nOS_USER_DOMAIN_ID=default\n`, 'default'],
  ['another id', 'rc', `OS_AUTH_URL=${authUrl}\nOS_USER_DOMAIN_ID=5e1f\n`, undefined],
  [
    'an RC file with comments',
    'rc',
    `OS_AUTH_URL=${authUrl} # ours\nOS_USER_DOMAIN_NAME="stfc"; #\n`,
    'stfc',
  ],
  [
    'an address with a password',
    'rc',
    `OS_AUTH_URL=${authUrl.replace('//', '//bob:pw@')}\n`,
    undefined,
  ],
  [
    'a domain with an escape sequence',
    'rc',
    `OS_AUTH_URL=${authUrl}\nOS_USER_DOMAIN_NAME="\u001b[1m"\n`,
    undefined,
  ],
  [
    'a line of a mebibyte',
    'rc',
    `OS_A=${' '.repeat(1_000_000)}$\nOS_AUTH_URL=${authUrl}\n`,
    undefined,
  ],
  ['clouds of one address and two domains', 'clouds.yaml', twoDomains, undefined],
  ['a clouds.yaml of Horizon', 'clouds.yaml', cloudsYaml('user_domain_name: "stfc"'), 'stfc'],
  ['a clouds.yaml without a domain', 'clouds.yml', cloudsYaml('password: x'), undefined],
])('%s names the Keystone and the domain of its users', async (_, name, text, userDomain) => {
  const folder = folderWith({ [name]: text });
  expect(await readCloudFile(join(folder, name))).toEqual({ authUrl, userDomain });
});

const second = cloudsYaml('password: x', 'https://bob:pw@b.example.org').replace('clouds:', '');

test.each([
  ['a missing file', 'none.sh', 'none.sh cannot be read: there is no such file.'],
  ['a folder', '.', ' is a folder.'],
  ['a file without a cloud', 'notes.sh', ' does not name a Keystone'],
  ['an address that the shell computes', 'computed.sh', ' has no plain address of Keystone, and'],
  ['a YAML file of something else', 'other.yaml', ' does not name a Keystone'],
  ['two clouds', 'clouds.yaml', ` has several clouds (${authUrl}, https://b.example.org/v3)`],
])('%s is refused in words', async (_, name, words) => {
  const folder = folderWith({
    'notes.sh': 'echo hello\n',
    'computed.sh': 'export OS_AUTH_URL=$(cat url)\n',
    'other.yaml': 'a: 1\n',
    'clouds.yaml': cloudsYaml('password: x') + second.replace('openstack', 'other'),
  });
  await expect(readCloudFile(join(folder, name))).rejects.toThrow(words);
});

test('the newest file with a name of Horizon is suggested, no folder, loop or escape sequence, and none without a folder', () => {
  const folder = folderWith({
    'p-openrc.sh': rcFile,
    'clouds (1).yaml': '',
    'clouds.yaml': '',
    'notes.sh': '',
    '\u001b[1m-openrc.sh': '',
  });
  mkdirSync(join(folder, 'folder-openrc.sh'));
  symlinkSync('loop-openrc.sh', join(folder, 'loop-openrc.sh'));
  for (const [name, time] of [
    ['p-openrc.sh', 1],
    ['clouds (1).yaml', 3],
    ['clouds.yaml', 2],
    ['notes.sh', 4],
  ] as const) {
    utimesSync(join(folder, name), time, time);
  }
  expect(newestCloudFile(folder)).toBe('clouds (1).yaml');
  expect(newestCloudFile(join(folder, 'none'))).toBeUndefined();
});
