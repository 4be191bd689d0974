import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCell } from '../support/browser.ts';
import { notebookIn } from '../support/json-output.ts';
import { openTunnel, tunnelIn } from '../support/real-vm.ts';
import { type CommandResult, commandLine } from '../support/test-user.ts';
import { bootTimeoutMs, createFlags, notebookFolder, type VmFixture } from './fixture.ts';

/** From `create` to running a cell in a browser, and ssh, exec and cp. */
export function createAndConnectTests(fixture: VmFixture): void {
  const { durationsSeconds, timed, nb } = fixture;

  it('create ends within 3 s of the ready marker on the console', {
    timeout: 2 * bootTimeoutMs,
  }, async () => {
    const create = () => nb('create', 'thesis', ...createFlags);
    let made = await timed('create', create());
    if (bootFailed(made)) {
      process.stderr.write(`the boot failed, retrying once: ${made.stderr}\n`);
      await nb('delete', 'thesis', '--yes');
      made = await timed('create, second try', create());
    }
    const endedAtMs = Date.now();
    expect(made, made.stderr).toMatchObject({ code: 0 });
    const { id, ...notebook } = notebookIn(made);
    expect(notebook).toMatchObject({ name: 'thesis', status: 'ready', nova: { status: 'ACTIVE' } });
    fixture.recordCreate(made);
    expect(fixture.token).toMatch(/^[0-9a-f]{32}$/);
    const sinceReadySeconds = (endedAtMs - (fixture.readyAtMs.get(id) ?? 0)) / 1_000;
    durationsSeconds['from the ready marker to the end of create'] = sinceReadySeconds;
    expect(sinceReadySeconds).toBeLessThanOrEqual(3);
  });

  it("open without Nova's reply takes at most 1.5 times as long as a bare ssh -N -L", async () => {
    const { command, localPort } = tunnelIn(fixture.made());
    const open = commandLine(['--debug', 'open', 'thesis', '--no-browser']).join(' ');
    const bare: number[] = [];
    const opened: number[] = [];
    const own: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      bare.push((await fixture.timeUntilAnswer(`exec ${command}`, localPort)).elapsedMs);
      const { elapsedMs, stderr } = await fixture.timeUntilAnswer(`exec ${open}`, localPort);
      opened.push(elapsedMs);
      own.push(elapsedMs - Number(/^GET .* 200 (\d+) ms/m.exec(stderr)?.[1]));
    }
    durationsSeconds['a bare ssh -N -L'] = Math.min(...bare) / 1_000;
    durationsSeconds['open'] = Math.min(...opened) / 1_000;
    durationsSeconds["open, without Nova's reply"] = Math.min(...own) / 1_000;
    expect(Math.min(...own) / Math.min(...bare)).toBeLessThanOrEqual(1.5);
  });

  it('the printed tunnel line works in a shell, with the pinned host key', async () => {
    const { command, short, localPort } = tunnelIn(fixture.made());
    expect(short).toMatch(/^ssh -F ~\/\S+ -N nubes-nb-\S+$/);
    expect(command).toContain('StrictHostKeyChecking=yes');
    expect(await readFile(fixture.knownHosts(), 'utf8')).toMatch(
      new RegExp(`^nubes-nb-${fixture.notebook().id} ssh-ed25519 \\S+ console$`, 'm'),
    );
    fixture.tunnel = await openTunnel(fixture.person(), { command: short, localPort });
  });

  it('the printed URL opens JupyterLab', async () => {
    const { pathname, search } = new URL(fixture.notebook().url ?? '');
    const page = await fixture.tunnel?.get(pathname + search, { redirect: 'follow' });
    expect(page?.status).toBe(200);
    expect(await page?.text()).toMatch(/<title>JupyterLab<\/title>/);
  });

  it('a browser shows JupyterLab at the printed URL and runs a cell on the VM', async () => {
    const began = Date.now();
    const printed = await runCell(
      fixture.notebook().url ?? '',
      'import platform; print(platform.node(), 6 * 7)',
    );
    durationsSeconds['a cell in a browser'] = (Date.now() - began) / 1_000;
    expect(printed).toBe(`${await fixture.asStaff('hostname')} 42`);
  });

  it('ssh and exec return the exit code of the command, and cp copies both ways', async () => {
    const { name, home } = fixture.person();
    expect(await nb('ssh', 'thesis', '--', 'id -un')).toMatchObject({ code: 0, stdout: name });
    expect((await nb('exec', 'thesis', '--', 'sh', '-c', 'exit 7')).code).toBe(7);
    const [here, back] = ['a file.txt', 'and back.txt'].map((each) => join(home, each));
    await writeFile(here ?? '', 'there and back\n');
    expect(await nb('cp', here ?? '', 'thesis:a file.txt')).toMatchObject({ code: 0 });
    expect(await nb('cp', 'thesis:a file.txt', back ?? '')).toMatchObject({ code: 0 });
    expect(await readFile(back ?? '', 'utf8')).toBe('there and back\n');
  });

  it('cloud-init accepts the user_data as valid and completes without errors', async () => {
    const checked = await fixture.asStaff(schemaCheck);
    expect(checked).toMatch(/^Valid schema/m);
    const done = JSON.parse(await fixture.asStaff('cloud-init status --wait --format json'));
    expect(done).toMatchObject({ status: 'done', errors: [], recoverable_errors: {} });
  });

  it('the notebook folder is that of the settings and belongs to the user', async () => {
    const { stdout } = await fixture.ssh(
      fixture.name,
      `stat -c '%U %a %n' '${notebookFolder}'; id -un`,
    );
    expect(stdout).toBe(`${fixture.name} 750 ${notebookFolder}\n${fixture.name}`);
    expect((await fixture.ssh(fixture.name, 'sudo -n true')).code).not.toBe(0);
  });
}

/** cloud-init's check of the VM's user_data, which it reads only uncompressed; `gzip -f` copies what is not compressed. */
export const schemaCheck =
  "sudo sh -c 'gzip -dcf /var/lib/cloud/instance/user-data.txt > /run/checked.txt; cloud-init schema -c /run/checked.txt' 2>&1";

/** The VM failed to boot or timed out, which is not a fault of nubes-nb. */
function bootFailed({ code, stderr }: CommandResult): boolean {
  return code === 8 || stderr.includes('"BUILD_FAILED"');
}
