import { expect, test } from 'vitest';
import {
  type CreateFields,
  checkAccess,
  resolveCreateOptions,
} from '../../../src/notebooks/create/options.ts';
import type { Settings } from '../../../src/settings/settings.ts';

const notebook: Settings['notebook'] = {
  image: 'jupyter',
  size: 'l3.nano',
  network: undefined,
  securityGroups: [],
  keyFile: '/keys/site.pub',
  alsoKeys: [],
  access: 'tunnel',
  allowedCidr: [],
  certificate: undefined,
  certificateKey: undefined,
  floatingIp: 'auto',
  port: 8888,
  sshPort: 22,
  user: undefined,
  account: 'nubes-nb',
  folder: 'notebooks',
  command: 'jupyter-lab',
  packageIndex: undefined,
  configDrive: true,
  hostTemplate: undefined,
  idleTimeoutMs: 3_600_000,
  expiresMs: undefined,
};
const environment = { asks: false, mayMakeKey: async () => false };

function resolved(given: Partial<CreateFields>) {
  return resolveCreateOptions({ name: 'x', ...given }, environment, {
    notebook,
    cwd: '/work/class',
  });
}

test.each<[string, Partial<CreateFields>, object]>([
  ['nothing', {}, { image: 'jupyter', size: 'l3.nano', network: undefined, access: 'tunnel' }],
  ['an image', { image: 'r' }, { image: 'r', size: 'l3.nano' }],
  ['a size', { size: 'l3.small' }, { image: 'jupyter', size: 'l3.small' }],
  ['a network', { network: 'lab' }, { network: 'lab' }],
  ['an access', { access: 'direct' }, { access: 'direct' }],
  ['no key', {}, { keyFile: '/keys/site.pub' }],
  ['a relative key', { key: 'id_rsa' }, { keyFile: '/work/class/id_rsa' }],
  ['an absolute key', { key: '/home/a/id_rsa' }, { keyFile: '/home/a/id_rsa' }],
  ['no idle time', {}, { idleTimeoutMs: 3_600_000, expiresMs: undefined }],
  ['an idle time', { idleTimeoutMs: 60_000 }, { idleTimeoutMs: 60_000 }],
  ['an expiry', { expiresMs: 5_000 }, { expiresMs: 5_000 }],
  ['no packages and labels', {}, { requirements: [], labels: {} }],
  ['packages', { requirements: ['numpy'] }, { requirements: ['numpy'] }],
  ['labels', { labels: { course: 'lpd' } }, { labels: { course: 'lpd' } }],
  ['no floating IP', {}, { floatingIp: undefined }],
  ['a floating IP', { floatingIp: 'none' }, { floatingIp: 'none' }],
])('options from %s take the rest from the settings', (_what, given, expected) => {
  expect(resolved(given)).toMatchObject(expected);
});

test('options keep what the user gave apart from the settings', () => {
  expect(resolved({ size: 'l3.small' }).given).toEqual({ name: 'x', size: 'l3.small' });
});

test.each([
  ['tunnel', [], false],
  ['tunnel', ['192.0.2.0/24'], false],
  ['direct', ['192.0.2.0/24'], false],
  ['direct', [], true],
] as const)('access %s from the networks %j is refused: %s', (access, allowedCidr, isRefused) => {
  const check = () => checkAccess({ access }, { allowedCidr });
  if (isRefused) expect(check).toThrow('Direct access needs notebook.allowed_cidr.');
  else expect(check).not.toThrow();
});
