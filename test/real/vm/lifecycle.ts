import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { accessOf, call, everythingAbout } from '../support/api.ts';
import { notebookIn, rowsIn } from '../support/json-output.ts';
import { lab } from '../support/lab.ts';
import { asAdmin, openstack } from '../support/openstack-client.ts';
import { eventually, paste, tunnelIn } from '../support/real-vm.ts';
import { boot, type ProgressOptions, patience } from './fixture.ts';

/** What a notebook is after a stop, another login and a restart. */
export function lasting(stage: ProgressOptions): void {
  const { asStaff, nb, status, timed } = stage;

  it('after stop and start the same URL is ready again', { timeout: 2 * boot }, async () => {
    const { id, url } = stage.notebook();
    const before = await asStaff('cat /proc/sys/kernel/random/boot_id');
    await stage.tunnel?.close();
    expect(await timed('stop', nb('stop', 'thesis'))).toMatchObject({ code: 0 });
    const started = await timed('start', nb('start', 'thesis', ...patience));
    expect(started, started.stderr).toMatchObject({ code: 0 });
    expect(notebookIn(started)).toMatchObject({ id, status: 'ready' });
    expect((await nb('url', 'thesis')).stdout.trim()).toBe(url);
    stage.tunnel = await paste(stage.person(), tunnelIn(started));
    expect(await status(`/api/status?token=${stage.token}`)).toBe(200);
    expect(await asStaff('cat /proc/sys/kernel/random/boot_id')).not.toBe(before);
  });

  it('another login renews the token over ssh, and the old one is refused', async () => {
    expect(await nb('logout')).toMatchObject({ code: 0 });
    await stage.login();
    expect((await nb('url', 'thesis')).code).toBe(6);
    const renewed = await nb('url', 'thesis', '--renew', '--yes');
    expect(renewed, renewed.stderr).toMatchObject({ code: 0 });
    const old = stage.token;
    stage.token = new URL(renewed.stdout.trim()).searchParams.get('token') ?? '';
    expect(await status(`/api/status?token=${stage.token}`)).toBe(200);
    expect(await status(`/api/status?token=${old}`)).toBe(403);
    const search = 'sudo grep -raohF -f - /etc /home /run /tmp || :';
    expect(await asStaff(search, `${stage.token}\n`)).toBe('');
  });

  it("a restart of Jupyter's unit leaves the VM up", async () => {
    await asStaff('sudo systemctl restart nubes-jupyter.service');
    expect(await asStaff('systemctl is-active nubes-jupyter.service')).toBe('active');
    expect(await status(`/api/status?token=${stage.token}`)).toBe(200);
    await stage.tunnel?.close();
  });
}

/** What becomes of a notebook that nobody uses, and of one that nobody wants. */
export function ending(stage: ProgressOptions): void {
  it('an idle notebook powers its VM off and keeps it', { timeout: 420_000 }, async () => {
    const { id } = stage.notebook();
    const admin = await accessOf(asAdmin());
    const url = `${lab('LAB_COMPUTE_URL')}/servers/${id}`;
    const isOff = async () =>
      JSON.stringify(await call(admin, 'GET', url)).includes('"status":"SHUTOFF"');
    await eventually(Math.min(400_000, stage.left()), isOff, 2_000);
    const shown = await stage.nb('show', 'thesis', '--json');
    expect(notebookIn(shown)).toMatchObject({ status: 'stopped' });
    const text = await everythingAbout(admin, id);
    expect(text).toMatch(/NUBES-NB IDLE \S+ powering off/);
  });

  it('delete leaves neither port nor host key', async () => {
    const { id } = stage.notebook();
    const deleted = await stage.timed('delete', stage.nb('delete', 'thesis', '--yes'));
    expect(deleted, deleted.stderr).toMatchObject({ code: 0 });
    const ports = ['port', 'list', '--device-id', id, '-f', 'json'] as const;
    expect(rowsIn(await openstack(asAdmin(), ...ports))).toEqual([]);
    expect(await readFile(stage.knownHosts(), 'utf8')).not.toContain(id);
  });
}
