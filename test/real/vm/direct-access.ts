import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boolean, looseObject, parse, string } from 'valibot';
import { expect, it } from 'vitest';
import { siteCertificate, visit } from '../../support/https.ts';
import { rowsIn } from '../support/json-output.ts';
import { asUser, openstack } from '../support/openstack-client.ts';
import { realVmValue } from '../support/real-vm.ts';
import type { CommandResult } from '../support/test-user.ts';
import { bootTimeoutMs, createFlags, type VmFixture } from './fixture.ts';

const group = 'nubes-nb-jupyter-8888';

/** Direct access over https, on a VM that boots while the first notebook idles. */
export function directAccessTests(fixture: VmFixture): void {
  let made: ReturnType<typeof directIn> | undefined;
  const url = () => made?.url ?? '';
  const program = async (more = {}) =>
    fixture.nb.with({
      NUBES_NB_NOTEBOOK_ACCESS: 'direct',
      NUBES_NB_NOTEBOOK_ALLOWED_CIDR: `${await realVmValue('LAB_REAL_HOST_ADDRESS')}/32`,
      ...more,
    });

  it('a direct notebook serves https with the certificate whose fingerprint is on its console', {
    timeout: bootTimeoutMs,
  }, async () => {
    const nb = await program();
    // The image has tornado, since the VM cannot reach an index.
    const requirements = join(fixture.person().home, 'requirements.txt');
    await writeFile(requirements, 'tornado >= 6\n');
    const create = [
      'create',
      'open-house',
      '--requirements',
      requirements,
      ...createFlags,
    ] as const;
    const outcome = await fixture.timed('create, direct and with packages', nb(...create));
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    made = directIn(outcome);
    expect(made).toMatchObject({
      status: 'ready',
      access: 'direct',
      certificate: { selfSigned: true },
      packages: 'installed',
    });
    expect(url()).toMatch(new RegExp(`^https://${made.address}:8888/lab\\?token=[0-9a-f]{32}$`));
    expect(await visit(url())).toEqual({ status: 200, sha256: made.certificate.sha256 });
    expect((await visit(url().replace(/token=./, 'token=x'))).status).toBe(302);
    await expect(fetch(url().replace(/^https/, 'http'))).rejects.toThrow();
  });

  it("the packages are in Jupyter's default kernel, and belong to the account", async () => {
    const { search } = new URL(url());
    const lines = [
      `curl -sk 'https://127.0.0.1:8888/api/kernelspecs${search}'`,
      'echo',
      '.nubes-nb/venv/bin/python -c "import sys, tornado; print(sys.prefix)"',
      "stat -c '%U' .nubes-nb/venv",
      'systemctl show nubes-packages -p Result',
    ];
    const { stdout } = await fixture.nb('ssh', 'open-house', '--', lines.join('; '));
    expect(stdout).toContain('"default": "python3"');
    expect(stdout).toContain('"display_name": "Python 3 (with packages)"');
    const venv = `/home/${fixture.name}/.nubes-nb/venv`;
    expect(stdout).toContain(`\n${venv}\n${fixture.name}\nResult=success`);
  });

  it("certify installs the site's certificate", async () => {
    const site = await siteCertificate('notebooks.nubes.test');
    const file = join(fixture.person().home, 'site.pem');
    await writeFile(file, site.pem, { mode: 0o600 });
    const nb = await program({ NUBES_NB_NOTEBOOK_CERTIFICATE: file });
    const outcome = await fixture.timed('certify', nb('certify', 'open-house', '--timeout', '2m'));
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    expect(await visit(url())).toEqual({ status: 200, sha256: site.sha256 });
  });

  it("Jupyter's port allows ingress only from the networks in the settings", async () => {
    const identity = asUser(fixture.name);
    const rules = ['security', 'group', 'rule', 'list', group, '--ingress', '-f', 'json'] as const;
    expect(rowsIn(await openstack(identity, ...rules))).toEqual([
      expect.objectContaining({
        'IP Range': `${await realVmValue('LAB_REAL_HOST_ADDRESS')}/32`,
        'Port Range': '8888:8888',
      }),
    ]);
    const { code, stderr } = await fixture.nb('delete', 'open-house', '--yes');
    expect(code, stderr).toBe(0);
    await openstack(identity, 'security', 'group', 'delete', group);
  });
}

const directShape = looseObject({
  status: string(),
  access: string(),
  address: string(),
  url: string(),
  certificate: looseObject({ sha256: string(), selfSigned: boolean() }),
});

function directIn({ stdout }: CommandResult) {
  return parse(directShape, JSON.parse(stdout));
}
