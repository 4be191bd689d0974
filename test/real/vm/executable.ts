import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { notebookIn } from '../support/json-output.ts';
import { openTunnel, tunnelIn } from '../support/real-vm.ts';
import { commandLine, standalone } from '../support/test-user.ts';
import { bootTimeoutMs, createFlags, type VmFixture } from './fixture.ts';

/** The standalone executable on the notebook of the npm build, then with one of its own. */
export function executableTests(fixture: VmFixture): void {
  const { executable, nb, timed } = fixture;

  it('the executable shows the same notebook and URL as the npm build', async () => {
    const [shown, expected] = [
      await executable('show', 'thesis', '--json'),
      await nb('show', 'thesis', '--json'),
    ];
    expect(shown, shown.stderr).toMatchObject({ code: 0 });
    expect(notebookIn(shown)).toEqual(notebookIn(expected));
    expect(new URL((await executable('url', 'thesis')).stdout).searchParams.get('token')).toBe(
      fixture.token,
    );
  });

  it("the executable's tunnel line works in a shell, and its background tunnel until --stop", async () => {
    const shown = await executable('show', 'thesis', '--json');
    const printed = await executable('tunnel', 'thesis', '--print');
    expect(printed, printed.stderr).toMatchObject({ code: 0 });
    const line = printed.stdout.trim();
    const open = await openTunnel(fixture.person(), { ...tunnelIn(shown), command: line });
    expect((await open.get(`/api/status?token=${fixture.token}`)).status).toBe(200);
    await open.close();
    const background = await executable('tunnel', 'thesis', '--background');
    expect(background, background.stderr).toMatchObject({ code: 0 });
    const api = background.stdout.trim().replace(/\/lab.*$/, '/api');
    expect((await fetch(api)).status).toBe(200);
    expect((await executable('tunnel', 'thesis', '--stop')).code).toBe(0);
    await expect(fetch(api)).rejects.toThrow();
  });

  it('open of the executable ends at Ctrl-C, after Jupyter has answered', async () => {
    const { localPort } = tunnelIn(await executable('show', 'thesis', '--json'));
    const line = `exec ${commandLine(['open', 'thesis', '--no-browser'], standalone).join(' ')}`;
    const { elapsedMs } = await fixture.timeUntilAnswer(line, localPort);
    fixture.durationsSeconds['open, executable'] = elapsedMs / 1_000;
    await expect(fetch(`http://127.0.0.1:${localPort}/api`)).rejects.toThrow();
  });

  it('ssh and exec of the executable return the exit code, and cp copies both ways', async () => {
    const { name, home } = fixture.person();
    expect(await executable('ssh', 'thesis', '--', 'id -un')).toMatchObject({
      code: 0,
      stdout: name,
    });
    expect((await executable('exec', 'thesis', '--', 'sh', '-c', 'exit 7')).code).toBe(7);
    const [here, back] = [join(home, 'compiled.txt'), join(home, 'compiled, back.txt')];
    await writeFile(here, 'compiled, there and back\n');
    expect(await executable('cp', here, 'thesis:compiled file.txt')).toMatchObject({ code: 0 });
    expect(await executable('cp', 'thesis:compiled file.txt', back)).toMatchObject({ code: 0 });
    expect(await readFile(back, 'utf8')).toBe('compiled, there and back\n');
  });

  it('the executable creates a notebook that the npm build can use, and deletes it', {
    timeout: bootTimeoutMs,
  }, async () => {
    const made = await timed(
      'create, executable',
      executable('create', 'compiled', ...createFlags),
    );
    expect(made, made.stderr).toMatchObject({ code: 0 });
    const { id, status, url } = notebookIn(made);
    expect(status).toBe('ready');
    const open = await openTunnel(fixture.person(), tunnelIn(made));
    expect((await open.get(`/api/status${new URL(url ?? '').search}`)).status).toBe(200);
    await open.close();
    expect((await nb('exec', 'compiled', '--', 'true')).code).toBe(0);
    expect(await readFile(fixture.knownHosts(), 'utf8')).toContain(`nubes-nb-${id} ssh-ed25519`);
    const deleted = await executable('delete', 'compiled', '--yes');
    expect(deleted, deleted.stderr).toMatchObject({ code: 0 });
    expect(await readFile(fixture.knownHosts(), 'utf8')).not.toContain(id);
  });
}
