import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boolean, looseObject, parse, string } from 'valibot';
import { expect, it } from 'vitest';
import { siteCertificate, visit } from '../../support/https.ts';
import { rowsIn } from '../support/json-output.ts';
import { asUser, openstack } from '../support/openstack-client.ts';
import { realGuests } from '../support/real-vm.ts';
import type { Ended } from '../support/test-user.ts';
import { boot, type ProgressOptions, patience } from './fixture.ts';

const group = 'nubes-nb-jupyter-8888';

/** A notebook that is reached by https, on a VM that boots while the other one idles. */
export function direct(stage: ProgressOptions): void {
  let made: ReturnType<typeof directIn> | undefined;
  const url = () => made?.url ?? '';
  const program = async (more = {}) =>
    stage.nb.with({
      NUBES_NB_NOTEBOOK_ACCESS: 'direct',
      NUBES_NB_NOTEBOOK_ALLOWED_CIDR: `${await realGuests('LAB_REAL_HOST_ADDRESS')}/32`,
      ...more,
    });

  it('a direct notebook answers by https, with the certificate that its console has told', {
    timeout: boot,
  }, async () => {
    const nb = await program();
    // The image has it: there is no way to an index from here.
    const requirements = join(stage.person().home, 'requirements.txt');
    await writeFile(requirements, 'tornado >= 6\n');
    const create = ['create', 'open-house', '--requirements', requirements, ...patience] as const;
    const ended = await stage.timed('create, direct and with packages', nb(...create));
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    made = directIn(ended);
    expect(made).toMatchObject({
      status: 'ready',
      access: 'direct',
      certificate: { selfSigned: true },
      packages: 'installed',
    });
    expect(url()).toMatch(new RegExp(`^https://${made.address}:8888/lab\\?token=[0-9a-f]{64}$`));
    expect(await visit(url())).toEqual({ status: 200, sha256: made.certificate.sha256 });
    expect((await visit(url().replace(/token=./, 'token=x'))).status).toBe(302);
    await expect(fetch(url().replace(/^https/, 'http'))).rejects.toThrow();
  });

  it('its packages are in the kernel that Jupyter offers first, and the account owns them', async () => {
    const { search } = new URL(url());
    const lines = [
      `curl -sk 'https://127.0.0.1:8888/api/kernelspecs${search}'`,
      'echo',
      '.nubes-nb/venv/bin/python -c "import sys, tornado; print(sys.prefix)"',
      "stat -c '%U' .nubes-nb/venv",
      'systemctl show nubes-packages -p Result',
    ];
    const { stdout } = await stage.nb('ssh', 'open-house', '--', lines.join('; '));
    expect(stdout).toContain('"default": "python3"');
    expect(stdout).toContain('"display_name": "Python 3 (with packages)"');
    const venv = `/home/${stage.name}/.nubes-nb/venv`;
    expect(stdout).toContain(`\n${venv}\n${stage.name}\nResult=success`);
  });

  it('certify puts the certificate of the site there', async () => {
    const site = await siteCertificate('notebooks.nubes.test');
    const file = join(stage.person().home, 'site.pem');
    await writeFile(file, site.pem, { mode: 0o600 });
    const nb = await program({ NUBES_NB_NOTEBOOK_CERTIFICATE: file });
    const ended = await stage.timed('certify', nb('certify', 'open-house', '--timeout', '2m'));
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(await visit(url())).toEqual({ status: 200, sha256: site.sha256 });
  });

  it('its port is open to the networks of the settings alone', async () => {
    const asker = asUser(stage.name);
    const rules = ['security', 'group', 'rule', 'list', group, '--ingress', '-f', 'json'] as const;
    expect(rowsIn(await openstack(asker, ...rules))).toEqual([
      expect.objectContaining({
        'IP Range': `${await realGuests('LAB_REAL_HOST_ADDRESS')}/32`,
        'Port Range': '8888:8888',
      }),
    ]);
    const { code, stderr } = await stage.nb('delete', 'open-house', '--yes');
    expect(code, stderr).toBe(0);
    await openstack(asker, 'security', 'group', 'delete', group);
  });
}

const directShape = looseObject({
  status: string(),
  access: string(),
  address: string(),
  url: string(),
  certificate: looseObject({ sha256: string(), selfSigned: boolean() }),
});

function directIn({ stdout }: Ended) {
  return parse(directShape, JSON.parse(stdout));
}
