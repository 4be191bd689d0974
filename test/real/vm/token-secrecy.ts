import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { authenticate, novaDataOf } from '../support/api.ts';
import { asAdmin } from '../support/openstack-client.ts';
import { instanceFolder } from '../support/real-vm.ts';
import { everyFileBelow } from '../support/secrets.ts';
import type { VmFixture } from './fixture.ts';

/** What the token authorizes, and where it must not appear. */
export function tokenSecrecyTests(fixture: VmFixture): void {
  const { asStaff, status } = fixture;
  const digest = () => createHash('sha256').update(fixture.token).digest('hex');
  const withToken = () => ({ Authorization: `token ${fixture.token}` });

  /** Submits the login form. */
  async function formLogin(password: string): Promise<number | undefined> {
    const form = await fixture.tunnel?.get('/login?next=%2Flab');
    const xsrf = /_xsrf=([^;]+)/.exec(form?.headers.getSetCookie().join('\n') ?? '')?.[1] ?? '';
    return status('/login?next=%2Flab', {
      method: 'POST',
      headers: { Cookie: `_xsrf=${xsrf}` },
      body: new URLSearchParams({ password, _xsrf: decodeURIComponent(xsrf) }),
    });
  }

  it('Jupyter accepts the token, but no, an empty or a wrong token, nor the digest', async () => {
    expect(await status(`/api/status?token=${fixture.token}`)).toBe(200);
    expect(await status('/api/status', { headers: withToken() })).toBe(200);
    expect(await status('/api/status')).toBe(403);
    expect(await status('/api/status?token=')).toBe(403);
    expect(await status(`/api/status?token=${'0'.repeat(32)}`)).toBe(403);
    expect(await status(`/api/status?token=${digest()}`)).toBe(403);
  });

  it('the login form accepts the token, but not the digest', async () => {
    expect(await formLogin(fixture.token)).toBe(302);
    expect(await formLogin(digest())).toBe(401);
    expect(await formLogin('')).toBe(401);
  });

  it('Jupyter listens only on loopback and is not reachable from outside', async () => {
    const open = await asStaff('ss -Hltn');
    expect(open).toContain(' 127.0.0.1:8888 ');
    expect(open).not.toMatch(/(0\.0\.0\.0|\*|\[::\]):8888/);
    const outside = fetch(`http://${fixture.notebook().address}:8888/api`, {
      signal: AbortSignal.timeout(5_000),
    });
    await expect(outside).rejects.toThrow();
  });

  it('no kernel has the token in its environment', async () => {
    expect(await status('/api/kernels', { method: 'POST', headers: withToken() })).toBe(201);
    const processes = await asStaff(
      "sudo sh -c 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; :'",
    );
    expect(processes).toContain('ipykernel_launcher');
    expect(processes).toContain('JPY_');
    expect(processes).not.toContain(fixture.token);
    expect(processes).not.toContain(digest());
  });

  it("the VM's disk has the digest, but not the token", async () => {
    const patterns = `${fixture.token}\n${digest()}\n`;
    const folders = '/run /tmp /home /root /etc /var/log /var/lib/cloud';
    // Journal files are compressed; as an argument the token would be in sudo's log.
    const search = `sudo journalctl -o cat > /tmp/journal; sudo grep -raohF -f - ${folders}; sync`;
    const inFiles = await asStaff(search, patterns);
    expect(new Set(inFiles.split('\n'))).toEqual(new Set([digest()]));
    const disk = join(instanceFolder(fixture.notebook().id), 'disk');
    const onDisk = await execa('grep', ['-aohF', '-f', '-', disk], { input: patterns });
    expect(new Set(onDisk.stdout.split('\n'))).toEqual(new Set([digest()]));
  });

  it('neither Nova nor the files of the program have the token', async () => {
    const known = await novaDataOf(await authenticate(asAdmin()), fixture.notebook().id);
    expect(known).toContain(digest());
    expect(known).toContain('NUBES-NB READY');
    expect(known).not.toContain(fixture.token);
    expect(await everyFileBelow(fixture.person().home)).not.toContain(fixture.token);
  });
}
