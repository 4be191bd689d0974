import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { accessOf, everythingAbout } from '../support/api.ts';
import { asAdmin } from '../support/openstack-client.ts';
import { folderOf } from '../support/real-vm.ts';
import { everyFileBelow } from '../support/secrets.ts';
import type { ProgressOptions } from './fixture.ts';

/** Who the token lets in, and where neither it nor anybody else is to be found. */
export function secrecy(stage: ProgressOptions): void {
  const { asStaff, status } = stage;
  const digest = () => createHash('sha256').update(stage.token).digest('hex');
  const withToken = () => ({ Authorization: `token ${stage.token}` });

  /** Logs in with the form, as a person would who types the token. */
  async function formLogin(password: string): Promise<number | undefined> {
    const form = await stage.tunnel?.get('/login?next=%2Flab');
    const xsrf = /_xsrf=([^;]+)/.exec(form?.headers.getSetCookie().join('\n') ?? '')?.[1] ?? '';
    return status('/login?next=%2Flab', {
      method: 'POST',
      headers: { Cookie: `_xsrf=${xsrf}` },
      body: new URLSearchParams({ password, _xsrf: decodeURIComponent(xsrf) }),
    });
  }

  it('Jupyter answers the token, and neither none, an empty, a wrong one nor the digest', async () => {
    expect(await status(`/api/status?token=${stage.token}`)).toBe(200);
    expect(await status('/api/status', { headers: withToken() })).toBe(200);
    expect(await status('/api/status')).toBe(403);
    expect(await status('/api/status?token=')).toBe(403);
    expect(await status(`/api/status?token=${'0'.repeat(64)}`)).toBe(403);
    expect(await status(`/api/status?token=${digest()}`)).toBe(403);
  });

  it('the login form takes the token, and not the digest', async () => {
    expect(await formLogin(stage.token)).toBe(302);
    expect(await formLogin(digest())).toBe(401);
    expect(await formLogin('')).toBe(401);
  });

  it('Jupyter listens on loopback only, and nothing but ssh answers from outside', async () => {
    const open = await asStaff('ss -Hltn');
    expect(open).toContain(' 127.0.0.1:8888 ');
    expect(open).not.toMatch(/(0\.0\.0\.0|\*|\[::\]):8888/);
    const outside = fetch(`http://${stage.notebook().address}:8888/api`, {
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
    expect(processes).not.toContain(stage.token);
    expect(processes).not.toContain(digest());
  });

  it("the token is nowhere on the VM's disk, where its digest is", async () => {
    const patterns = `${stage.token}\n${digest()}\n`;
    const folders = '/run /tmp /home /root /etc /var/log /var/lib/cloud';
    // The journal's own files are compressed; in argv the token would be in sudo's log.
    const search = `sudo journalctl -o cat > /tmp/journal; sudo grep -raohF -f - ${folders}; sync`;
    const inFiles = await asStaff(search, patterns);
    expect(new Set(inFiles.split('\n'))).toEqual(new Set([digest()]));
    const disk = join(folderOf(stage.notebook().id), 'disk');
    const onDisk = await execa('grep', ['-aohF', '-f', '-', disk], { input: patterns });
    expect(new Set(onDisk.stdout.split('\n'))).toEqual(new Set([digest()]));
  });

  it('the token is nowhere in Nova or in the files of the program', async () => {
    const known = await everythingAbout(await accessOf(asAdmin()), stage.notebook().id);
    expect(known).toContain(digest());
    expect(known).toContain('NUBES-NB READY');
    expect(known).not.toContain(stage.token);
    expect(await everyFileBelow(stage.person().home)).not.toContain(stage.token);
  });
}
