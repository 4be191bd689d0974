import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { authenticate, call, novaDataOf } from '../support/api.ts';
import { notebookIn, rowsIn } from '../support/json-output.ts';
import { lab } from '../support/lab.ts';
import { asAdmin, openstack } from '../support/openstack-client.ts';
import { openTunnel, tunnelIn, waitUntil } from '../support/real-vm.ts';
import { bootTimeoutMs, createFlags, type VmFixture } from './fixture.ts';

/** A notebook after stop and start, after another login, and after a restart of Jupyter. */
export function restartAndRenewalTests(fixture: VmFixture): void {
  const { asStaff, nb, status, timed } = fixture;

  it('a notebook has the same URL after stop and start', {
    timeout: 2 * bootTimeoutMs,
  }, async () => {
    const { id, url } = fixture.notebook();
    const before = await asStaff('cat /proc/sys/kernel/random/boot_id');
    await fixture.tunnel?.close();
    expect(await timed('stop', nb('stop', 'thesis'))).toMatchObject({ code: 0 });
    const started = await timed('start', nb('start', 'thesis', ...createFlags));
    expect(started, started.stderr).toMatchObject({ code: 0 });
    expect(notebookIn(started)).toMatchObject({ id, status: 'ready' });
    expect((await nb('url', 'thesis')).stdout.trim()).toBe(url);
    fixture.tunnel = await openTunnel(fixture.person(), tunnelIn(started));
    expect(await status(`/api/status?token=${fixture.token}`)).toBe(200);
    expect(await asStaff('cat /proc/sys/kernel/random/boot_id')).not.toBe(before);
  });

  it('url --renew after another login renews the token over ssh, and the old token is refused', async () => {
    expect(await nb('logout')).toMatchObject({ code: 0 });
    await fixture.login();
    expect((await nb('url', 'thesis')).code).toBe(6);
    const renewed = await nb('url', 'thesis', '--renew', '--yes');
    expect(renewed, renewed.stderr).toMatchObject({ code: 0 });
    const old = fixture.token;
    fixture.token = new URL(renewed.stdout.trim()).searchParams.get('token') ?? '';
    expect(await status(`/api/status?token=${fixture.token}`)).toBe(200);
    expect(await status(`/api/status?token=${old}`)).toBe(403);
    const search = 'sudo grep -raohF -f - /etc /home /run /tmp || :';
    expect(await asStaff(search, `${fixture.token}\n`)).toBe('');
  });

  it("a restart of Jupyter's unit keeps the token and the VM", async () => {
    await asStaff('sudo systemctl restart nubes-jupyter.service');
    expect(await asStaff('systemctl is-active nubes-jupyter.service')).toBe('active');
    expect(await status(`/api/status?token=${fixture.token}`)).toBe(200);
    await fixture.tunnel?.close();
  });
}

/** The idle timeout and delete. */
export function idleAndDeleteTests(fixture: VmFixture): void {
  it('an idle notebook powers off its VM without deleting it', { timeout: 420_000 }, async () => {
    const { id } = fixture.notebook();
    const admin = await authenticate(asAdmin());
    const url = `${lab('LAB_COMPUTE_URL')}/servers/${id}`;
    const isOff = async () =>
      JSON.stringify(await call(admin, 'GET', url)).includes('"status":"SHUTOFF"');
    await waitUntil(Math.min(400_000, fixture.remainingMs()), isOff, 2_000);
    const shown = await fixture.nb('show', 'thesis', '--json');
    expect(notebookIn(shown)).toMatchObject({ status: 'stopped' });
    const text = await novaDataOf(admin, id);
    expect(text).toMatch(/NUBES-NB IDLE \S+ powering off/);
  });

  it('delete removes the port and the pinned host key', async () => {
    const { id } = fixture.notebook();
    const deleted = await fixture.timed('delete', fixture.nb('delete', 'thesis', '--yes'));
    expect(deleted, deleted.stderr).toMatchObject({ code: 0 });
    const ports = ['port', 'list', '--device-id', id, '-f', 'json'] as const;
    expect(rowsIn(await openstack(asAdmin(), ...ports))).toEqual([]);
    expect(await readFile(fixture.knownHosts(), 'utf8')).not.toContain(id);
  });
}
