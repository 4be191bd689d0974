import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serve } from '../../openstack/fake-service.ts';
import { siteCertificate } from '../../support/https.ts';
import { sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const cloud = bench.sandbox.cloud;

function keyOf(name: string, kind = 'ssh-ed25519'): string {
  const data = Buffer.concat([
    Buffer.from([0, 0, 0, kind.length]),
    Buffer.from(kind),
    Buffer.from([0, 0, 0, 32]),
    Buffer.from(name.padEnd(32, '.')),
  ]);
  return `${kind} ${data.toString('base64')} ${name}@nubes`;
}

/** Public keys that the VM of the notebook gives to the account of the cloud team. */
function onVm(name: string): readonly string[] {
  const server = [...cloud.servers.values()].find((each) => each.name === `nb-alice-${name}`);
  const text = Buffer.from(server?.userData ?? '', 'base64').toString();
  const { users } = JSON.parse(text.slice(text.indexOf('{')));
  const staff = users.find((user: { readonly name?: string }) => user.name === 'nubes-admin');
  return staff?.ssh_authorized_keys ?? [];
}

const shown = /^SHA256:[A-Za-z0-9+/]{43} ops@nubes$/;
const words =
  /The cloud team can log in to the VM as nubes-admin, with sudo: SHA256:\S{43} ops@nubes\.\n/;
const variable = (name: string, value: string) => ({
  environment: { [`NUBES_NB_SITE_TEAM_${name}`]: value },
});

/** A web server of the site, with the certificate that it shows. */
async function webServer(text: string): Promise<{ url: string; certificate: string }> {
  const { certificate, key } = await siteCertificate('localhost');
  const { url } = await serve(() => ({ text }), { key, cert: certificate });
  return { url: url.replace('127.0.0.1', 'localhost'), certificate };
}

test('create prints whose key of the settings is on the VM, and the VM says so', async () => {
  const { code, stderr } = await bench.nb(
    'create a --no-wait',
    variable('ADMIN_KEYS', keyOf('ops')),
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(words);
  expect(onVm('a')).toEqual([keyOf('ops')]);
  expect(JSON.parse((await bench.nb('show a --json')).stdout)).toMatchObject({
    staffKeys: [expect.stringMatching(shown)],
  });
  expect((await bench.nb('show a')).stdout).toMatch(/^Staff key {2}SHA256:\S+ ops@nubes$/m);
});

test('create of several prints it once', async () => {
  const { stderr } = await bench.nb('create a b c --no-wait', variable('ADMIN_KEYS', keyOf('ops')));
  expect(stderr.match(/The cloud team can log in/g)).toHaveLength(1);
});

test('without any key nothing is printed, and the VM says that there is none', async () => {
  const { stderr } = await bench.nb('create a --no-wait');
  expect(stderr).not.toContain('cloud team');
  expect(JSON.parse((await bench.nb('show a --json')).stdout)).toMatchObject({ staffKeys: [] });
});

test('a computer without the site file takes the keys of the image, each key once', async () => {
  for (const { properties } of cloud.images) {
    Object.assign(properties, { nubes_nb_admin_keys: `${keyOf('ops')}\n${keyOf('night')}` });
  }
  const { stderr } = await bench.nb('create a --no-wait', variable('ADMIN_KEYS', keyOf('ops')));
  expect(stderr).toMatch(/: SHA256:\S+ ops@nubes, SHA256:\S+ night@nubes\.\n/);
  expect(onVm('a')).toEqual([keyOf('ops'), keyOf('night')]);
});

test.each([
  ['nonsense', 'ssh-ed25519 AAAA'],
  ['a kind that sshd does not accept', keyOf('ops', 'ssh-dss')],
  ['a control character', `no-pty\u0007 ${keyOf('ops')}`],
  ['data of another type', keyOf('ops').replace('ssh-ed25519', 'ssh-rsa')],
])('an image with %s costs a warning, not the notebook', async (_, line) => {
  for (const { properties } of cloud.images) {
    Object.assign(properties, { nubes_nb_admin_keys: `${keyOf('night')}\n${line}` });
  }
  const { code, stderr } = await bench.nb('create a --no-wait');
  expect(stderr).toContain(
    'warning: no key of the cloud team was taken from the property nubes_nb_admin_keys of the image jupyter-notebook-2026.11: it has a line that is not a public SSH key.',
  );
  expect(onVm('a')).toEqual([]);
  expect(code).toBe(0);
});

test('the list of site_team.admin_keys_url is read over TLS with openstack.ca_file', async () => {
  const site = await webServer(`# night shift\n${keyOf('night')}\n`);
  const caFile = join(bench.home, 'site-ca.pem');
  writeFileSync(caFile, site.certificate);
  const environment = {
    NUBES_NB_SITE_TEAM_ADMIN_KEYS_URL: `${site.url}/keys`,
    NUBES_NB_OPENSTACK_CA_FILE: caFile,
  };
  expect((await bench.nb('create a --no-wait', { environment })).code).toBe(0);
  expect(onVm('a')).toEqual([keyOf('night')]);
  const untrusted = await bench.nb('create b --no-wait', variable('ADMIN_KEYS_URL', site.url));
  expect(untrusted.stderr).toContain(
    'warning: no key of the cloud team was taken from site_team.admin_keys_url: ',
  );
  expect([untrusted.code, onVm('b')]).toEqual([0, []]);
});

test.each([
  ['a web page', '<html>hello</html>', 'it has a line that is not a public SSH key.'],
  ['more than 16 KiB', 'x'.repeat(17_000), 'it has more than 16384 bytes.'],
])('a list that is %s is not used', async (_, text, why) => {
  const site = await webServer(text);
  const caFile = join(bench.home, 'site-ca.pem');
  writeFileSync(caFile, site.certificate);
  const { code, stderr } = await bench.nb('create a --no-wait', {
    environment: {
      NUBES_NB_SITE_TEAM_ADMIN_KEYS_URL: site.url,
      NUBES_NB_OPENSTACK_CA_FILE: caFile,
    },
  });
  expect(stderr).toContain(why);
  expect([code, onVm('a')]).toEqual([0, []]);
});

test('an address without TLS is refused', async () => {
  const { code, stderr } = await bench.nb('create a', variable('ADMIN_KEYS_URL', 'http://x.test/'));
  expect(stderr).toContain('site_team.admin_keys_url must be an https:// URL without a password');
  expect(code).toBe(11);
});

test('admin ls finds the VMs that do not say that the key is on them', async () => {
  await bench.nb('create a --no-wait', variable('ADMIN_KEYS', keyOf('ops')));
  await bench.nb('create b --no-wait');
  const ls = 'admin ls --project jupyter-notebooks --no-header -c notebook,staff';
  expect((await bench.nb([...ls.split(' ').slice(0, -1), 'notebook,staff key'])).stdout).toBe(
    'a  yes\nb  no\n',
  );
  const without = 'admin ls --project jupyter-notebooks --without-staff-key -o name';
  expect((await bench.nb(without)).stdout).toBe('alice/b\n');
});
