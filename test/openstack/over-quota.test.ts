import { expect, test } from 'vitest';
import { exceededLimits, isOverQuota, limitsInWords } from '../../src/openstack/over-quota.ts';

const unified = (...limits: readonly string[]) =>
  `Project 8f0c5c1f is over a limit for [${limits.join(', ')}]`;
const limit = (name: string, max: number, used: number, delta: number) =>
  `Resource ${name} is over limit of ${max} due to current usage ${used} and delta ${delta}`;
const own = (names: string, needed: string, used: string, max: string) =>
  `Quota exceeded for ${names}: Requested ${needed}, but already used ${used} of ${max} ${names}`;

test.each([
  [unified(limit('servers', 1, 1, 1)), "1 of the project's 1 instances are in use (1 more needed)"],
  [
    unified(limit('class:MEMORY_MB', 8192, 0, 65536), limit('class:VCPU', 4, 1, 2000)),
    "0 of the project's 8 GiB of memory are in use (64 more needed), and 1 of the project's 4 cores are in use (2000 more needed)",
  ],
  [unified(limit('servers', 1, 4, 0)), "4 of the project's 1 instances are in use"],
  [
    unified(limit('servers', -1, 4, 1)),
    "4 of the project's -1 instances are in use (1 more needed)",
  ],
  [
    unified(limit('class:DISK_GB', 40, 40, 20)),
    "40 of the project's 40 GiB of disk are in use (20 more needed)",
  ],
  [
    unified(limit('class:CUSTOM_GPU_A100', 0, 0, 1)),
    "0 of the project's 0 GPU_A100 are in use (1 more needed)",
  ],
  [unified(limit('class:VGPU', 1, 1, 1)), "1 of the project's 1 VGPU are in use (1 more needed)"],
  [
    unified(limit('server_key_pairs', 100, 100, 1)),
    '100 of your 100 key pairs are in use (1 more needed)',
  ],
  [
    unified(limit('server_metadata_items', 128, 0, 129)),
    'at most 128 metadata items of a VM are allowed, not 129',
  ],
  [
    unified(limit('server_groups', 10, 10, 1)),
    "10 of the project's 10 server groups are in use (1 more needed)",
  ],
  [
    unified(limit('server_group_members', 10, 10, 1)),
    'at most 10 VMs in the server group are allowed, not 11',
  ],
  [unified(limit('server_injected_files', 5, 0, 6)), 'at most 5 injected files are allowed, not 6'],
  [
    unified(limit('server_injected_file_path_bytes', 255, 0, 300)),
    'at most 255 bytes in the path of an injected file are allowed, not 300',
  ],
  [
    unified(limit('server_injected_file_content_bytes', 9, 0, 10)),
    'at most 9 bytes in an injected file are allowed, not 10',
  ],
  [own('instances', '1', '1', '1'), "1 of the project's 1 instances are in use (1 more needed)"],
  [
    own('cores, ram', '2, 4096', '4, 8192', '4, 8192'),
    "4 of the project's 4 cores are in use (2 more needed), and 8 of the project's 8 GiB of memory are in use (4 more needed)",
  ],
  ['Quota exceeded, too many key pairs.', 'the quota of key pairs is used up'],
  ['Quota exceeded, too many server groups.', 'the quota of server groups is used up'],
  ['Quota exceeded, too many servers in group', 'the quota of VMs in the server group is used up'],
  [
    'Maximum number of metadata items exceeds 128',
    'at most 128 metadata items of a VM are allowed',
  ],
  ['Maximum number of ports exceeded', 'the quota of ports is used up'],
  ['Maximum number of floating IPs exceeded', 'the quota of floating IPs is used up'],
  [
    'Maximum number of security groups or rules exceeded',
    'the quota of security groups is used up',
  ],
  ['Personality file limit exceeded', 'the quota of injected files is used up'],
  [
    'Personality file path exceeds maximum 255',
    'at most 255 bytes in the path of an injected file are allowed',
  ],
  [
    'Personality file content exceeds maximum 10240',
    'at most 10240 bytes in an injected file are allowed',
  ],
  ["Quota exceeded for resources: ['port'].", 'the quota of ports is used up'],
  ["Quota exceeded for resources: ['floatingip'].", 'the quota of floating IPs is used up'],
  [
    "Quota exceeded for resources: ['security_group', 'security_group_rule'].",
    'the quota of security groups is used up, and the quota of rules of security groups is used up',
  ],
  ["Quota exceeded for resources: ['trunk_port'].", 'the quota of trunk ports is used up'],
  ['Quota exceeded for snow: none is left', ''],
])('%s is over quota: %s', (text, words) => {
  expect(isOverQuota(text)).toBe(true);
  expect(limitsInWords(exceededLimits(text))).toBe(words);
});

test.each([
  "Policy doesn't allow os_compute_api:servers:create to be performed.",
  'rule:create_port is disallowed by policy',
  'Project 8f0c5c1f is not yours',
  'Maximum number of tries reached',
  '',
])('%j is no refusal for a quota', (text) => {
  expect(isOverQuota(text)).toBe(false);
});

test.each([
  ['servers', /nubes-nb delete NAME frees it$/],
  ['class:DISK_GB', /nubes-nb delete NAME frees it$/],
  ['server_key_pairs', /^openstack keypair list, .*deleting notebooks frees none$/],
  ['server_metadata_items', /fewer labels/],
  ['server_injected_files', /cloud team/],
  ['server_groups', /^openstack server group list/],
])('the hint for %s helps', (name, hint) => {
  expect(exceededLimits(unified(limit(name, 1, 1, 1)))[0]?.hint).toMatch(hint);
});

test.each([
  ['port', /frees the port of a notebook/],
  ['floatingip', /^openstack floating ip list/],
  ['security_group', /^openstack security group list/],
  ['security_group_rule', /^openstack security group rule list/],
])('the hint for the resource %s of Neutron helps', (name, hint) => {
  expect(exceededLimits(`Quota exceeded for resources: ['${name}'].`)[0]?.hint).toMatch(hint);
});
