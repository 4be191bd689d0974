import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { siteThatKnows } from '../support/creators.ts';
import { errorIn, type NotebookReply, notebookIn } from '../support/json-output.ts';
import { paste, tunnelIn } from '../support/real-vm.ts';
import { schemaCheck } from './create-and-connect.ts';
import { boot, folder, type ProgressOptions, patience } from './fixture.ts';

/** Other VMs, which boot while the notebook idles. */
export function meanwhile(stage: ProgressOptions): void {
  const { nb, timed } = stage;
  let byImage: NotebookReply | undefined;

  it('a command that is not in the image ends create with the reason, long before its time is up', {
    timeout: boot,
  }, async () => {
    const create = nb.with({ NUBES_NB_NOTEBOOK_COMMAND: 'no-such-jupyter' });
    const broken = await timed('create without Jupyter', create('create', 'broken', ...patience));
    expect(broken.code, broken.stderr).not.toBe(0);
    expect(errorIn(broken)).toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringContaining('the command that starts it is not there (exit code 127)'),
    });
  });

  it('the host key of another VM is refused', async () => {
    const other = notebookIn(await nb('show', 'broken', '--json'));
    const { code, stderr } = await stage.ssh(stage.name, 'true', other);
    expect(code).toBe(255);
    expect(stderr).toContain('Host key verification failed');
    expect(await nb('delete', 'broken', '--yes')).toMatchObject({ code: 0 });
  });

  it('create waits for an account that the image makes after the first boot', {
    timeout: boot,
  }, async () => {
    const site = await siteThatKnows(stage.name);
    const create = nb.with({
      NUBES_NB_NOTEBOOK_ACCOUNT: 'image',
      NUBES_NB_SITE_TEAM_ADMIN_KEYS: undefined,
    });
    try {
      const requirements = join(stage.person().home, 'missing.txt');
      await writeFile(requirements, 'nubes-no-such-package\n');
      const made = await timed(
        'create with an account of the image',
        create('create', 'fedid', '--requirements', requirements, ...patience),
      );
      expect(made, made.stderr).toMatchObject({ code: 0 });
      byImage = notebookIn(made);
      expect(byImage).toMatchObject({ name: 'fedid', status: 'ready' });
      expect(JSON.parse(made.stdout)).toMatchObject({ packages: 'failed' });
      expect(made.stderr).toContain('the packages of fedid are not installed');
      expect(site.asked).toContain(byImage.id);
      const tunnel = await paste(stage.person(), tunnelIn(made));
      const { search } = new URL(byImage.url ?? '');
      expect((await tunnel.get(`/api/status${search}`)).status).toBe(200);
      expect((await tunnel.get(`/api/status${search}0`)).status).toBe(403);
      await tunnel.close();
    } finally {
      await site.close();
    }
  });

  it("such an account is the creator's, with sudo and their first key alone", async () => {
    const look = `id -un; id -gn; sudo -n id -un; cat .ssh/authorized_keys; stat -c '%U %a' '${folder}'`;
    const key = (await readFile(`${stage.person().home}/.ssh/id_ed25519.pub`, 'utf8')).trim();
    const { stdout } = await nb('ssh', 'fedid', '--', look);
    expect(stdout.trim().split('\n')).toEqual([
      ...[stage.name, 'users', 'root', key],
      `${stage.name} 750`,
    ]);
    const checked = await nb('ssh', 'fedid', '--', `${schemaCheck}; cloud-init status --wait`);
    expect(checked.stdout).toMatch(/^Valid schema/m);
    expect(checked.stdout).toMatch(/^status: done/m);
    const { stdout: told } = await nb('logs', 'fedid', '--source', 'packages');
    expect(told).toContain('nubes-no-such-package');
  });

  it('ssh refuses a VM that shows the host key of another, and says so', async () => {
    const pinned = await readFile(stage.knownHosts(), 'utf8');
    const names = [stage.notebook().id, byImage?.id ?? ''].map((id) => `nubes-nb-${id} `);
    const [first, second] = names.map((name) => new RegExp(`^${name}`, 'm'));
    const swapped = pinned
      .replace(first ?? '', 'other ')
      .replace(second ?? '', names[0] ?? '')
      .replace(/^other /m, names[1] ?? '');
    await writeFile(stage.knownHosts(), swapped);
    const { code, stderr } = await nb('ssh', 'fedid', '--', 'true');
    await writeFile(stage.knownHosts(), pinned);
    expect(code).toBe(255);
    expect(stderr).toContain('shows another host key than the VM of fedid told on its console');
    expect(await nb('delete', 'fedid', '--yes')).toMatchObject({ code: 0 });
  });
}
