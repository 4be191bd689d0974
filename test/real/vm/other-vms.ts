import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorIn, type NotebookReply, notebookIn } from '../support/json-output.ts';
import { openTunnel, realVmValue, tunnelIn } from '../support/real-vm.ts';
import { schemaCheck } from './create-and-connect.ts';
import { bootTimeoutMs, createFlags, notebookFolder, type VmFixture } from './fixture.ts';

/** Other VMs, which boot while the first notebook idles. */
export function otherVmTests(fixture: VmFixture): void {
  const { nb, timed } = fixture;
  let byImage: NotebookReply | undefined;

  it('create fails with the reason before its timeout if the command is not in the image', {
    timeout: bootTimeoutMs,
  }, async () => {
    const create = nb.with({ NUBES_NB_NOTEBOOK_COMMAND: 'no-such-jupyter' });
    const broken = await timed(
      'create without Jupyter',
      create('create', 'broken', ...createFlags),
    );
    expect(broken.code, broken.stderr).not.toBe(0);
    expect(errorIn(broken)).toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringContaining('the command that starts it is not there (exit code 127)'),
    });
  });

  it('ssh with the pinned host key refuses another VM', async () => {
    const other = notebookIn(await nb('show', 'broken', '--json'));
    const { code, stderr } = await fixture.ssh(fixture.name, 'true', other);
    expect(code).toBe(255);
    expect(stderr).toContain('Host key verification failed');
    expect(await nb('delete', 'broken', '--yes')).toMatchObject({ code: 0 });
  });

  it('create waits for an account that the image makes after the first boot', {
    timeout: bootTimeoutMs,
  }, async () => {
    const site = await startCreatorService(fixture.name);
    const create = nb.with({
      NUBES_NB_NOTEBOOK_ACCOUNT: 'image',
      NUBES_NB_SITE_TEAM_ADMIN_KEYS: undefined,
    });
    try {
      const requirements = join(fixture.person().home, 'missing.txt');
      await writeFile(requirements, 'nubes-no-such-package\n');
      const made = await timed(
        'create with an account of the image',
        create('create', 'fedid', '--requirements', requirements, ...createFlags),
      );
      expect(made, made.stderr).toMatchObject({ code: 0 });
      byImage = notebookIn(made);
      expect(byImage).toMatchObject({ name: 'fedid', status: 'ready' });
      expect(JSON.parse(made.stdout)).toMatchObject({ packages: 'failed' });
      expect(made.stderr).toContain('the packages of fedid are not installed');
      expect(site.requestedIds).toContain(byImage.id);
      const tunnel = await openTunnel(fixture.person(), tunnelIn(made));
      const { search } = new URL(byImage.url ?? '');
      expect((await tunnel.get(`/api/status${search}`)).status).toBe(200);
      expect((await tunnel.get(`/api/status${search}0`)).status).toBe(403);
      await tunnel.close();
    } finally {
      await site.close();
    }
  });

  it("the image's account is that of the creator, with sudo and only their first key", async () => {
    const commands = `id -un; id -gn; sudo -n id -un; cat .ssh/authorized_keys; stat -c '%U %a' '${notebookFolder}'`;
    const key = (await readFile(`${fixture.person().home}/.ssh/id_ed25519.pub`, 'utf8')).trim();
    const { stdout } = await nb('ssh', 'fedid', '--', commands);
    expect(stdout.trim().split('\n')).toEqual([
      ...[fixture.name, 'users', 'root', key],
      `${fixture.name} 750`,
    ]);
    const checked = await nb('ssh', 'fedid', '--', `${schemaCheck}; cloud-init status --wait`);
    expect(checked.stdout).toMatch(/^Valid schema/m);
    expect(checked.stdout).toMatch(/^status: done/m);
    const { stdout: packageLog } = await nb('logs', 'fedid', '--source', 'packages');
    expect(packageLog).toContain('nubes-no-such-package');
  });

  it('nubes-nb ssh refuses a VM with the host key of another VM, with the reason', async () => {
    const pinned = await readFile(fixture.knownHosts(), 'utf8');
    const names = [fixture.notebook().id, byImage?.id ?? ''].map((id) => `nubes-nb-${id} `);
    const [first, second] = names.map((name) => new RegExp(`^${name}`, 'm'));
    const swapped = pinned
      .replace(first ?? '', 'other ')
      .replace(second ?? '', names[0] ?? '')
      .replace(/^other /m, names[1] ?? '');
    await writeFile(fixture.knownHosts(), swapped);
    const { code, stderr } = await nb('ssh', 'fedid', '--', 'true');
    await writeFile(fixture.knownHosts(), pinned);
    expect(code).toBe(255);
    expect(stderr).toContain(
      'presents another host key than the VM of fedid printed on its console',
    );
    expect(await nb('delete', 'fedid', '--yes')).toMatchObject({ code: 0 });
  });
}

/** A service like that of the STFC Cloud, which returns the name of a VM's creator to the image. */
async function startCreatorService(
  creator: string,
): Promise<{ readonly requestedIds: readonly string[]; readonly close: () => Promise<void> }> {
  const requestedIds: string[] = [];
  const server = createServer(({ url }, response) => {
    requestedIds.push(new URL(url ?? '', 'http://site').searchParams.get('serverID') ?? '');
    response.end(creator);
  });
  server.listen(9999, await realVmValue('LAB_REAL_HOST_ADDRESS'));
  await once(server, 'listening');
  return {
    requestedIds,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
