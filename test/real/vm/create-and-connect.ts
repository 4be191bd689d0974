import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCell } from '../support/browser.ts';
import { notebookIn } from '../support/json-output.ts';
import { paste, tunnelIn } from '../support/real-vm.ts';
import { commandLine, type Ended } from '../support/test-user.ts';
import { boot, folder, type ProgressOptions, patience } from './fixture.ts';

/** From `create` to a page that runs cells, and what else reaches the VM. */
export function reaching(stage: ProgressOptions): void {
  const { times, timed, nb } = stage;

  it('create ends within 3 s of the word on the console that Jupyter answers', {
    timeout: 2 * boot,
  }, async () => {
    const create = () => nb('create', 'thesis', ...patience);
    let made = await timed('create', create());
    if (bootFailed(made)) {
      process.stderr.write(`the boot failed and is tried once more: ${made.stderr}\n`);
      await nb('delete', 'thesis', '--yes');
      made = await timed('create, second try', create());
    }
    const ended = Date.now();
    expect(made, made.stderr).toMatchObject({ code: 0 });
    const { id, ...notebook } = notebookIn(made);
    expect(notebook).toMatchObject({ name: 'thesis', status: 'ready', nova: { status: 'ACTIVE' } });
    stage.hasMade(made);
    expect(stage.token).toMatch(/^[0-9a-f]{64}$/);
    const since = (ended - (stage.ready.get(id) ?? 0)) / 1_000;
    times['from the word to the end of create'] = since;
    expect(since).toBeLessThanOrEqual(3);
  });

  it("the tunnel of open is up within 1.5 times a bare ssh -N -L, Nova's answer aside", async () => {
    const { command, localPort } = tunnelIn(stage.made());
    const open = commandLine(['--debug', 'open', 'thesis', '--no-browser']).join(' ');
    const bare: number[] = [];
    const opened: number[] = [];
    const own: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      bare.push((await stage.answersAfter(`exec ${command}`, localPort)).time);
      const { time, said } = await stage.answersAfter(`exec ${open}`, localPort);
      opened.push(time);
      own.push(time - Number(/^GET .* 200 (\d+) ms/m.exec(said)?.[1]));
    }
    times['a bare ssh -N -L'] = Math.min(...bare) / 1_000;
    times['open'] = Math.min(...opened) / 1_000;
    times["open, without Nova's answer"] = Math.min(...own) / 1_000;
    expect(Math.min(...own) / Math.min(...bare)).toBeLessThanOrEqual(1.5);
  });

  it('the printed tunnel line works when pasted, with the host key that is pinned', async () => {
    const { command } = tunnelIn(stage.made());
    expect(command).toContain('StrictHostKeyChecking=yes');
    expect(await readFile(stage.knownHosts(), 'utf8')).toMatch(
      new RegExp(`^nubes-nb-${stage.notebook().id} ssh-ed25519 \\S+ console$`, 'm'),
    );
    stage.tunnel = await paste(stage.person(), tunnelIn(stage.made()));
  });

  it('the printed URL opens JupyterLab', async () => {
    const { pathname, search } = new URL(stage.notebook().url ?? '');
    const page = await stage.tunnel?.get(pathname + search, { redirect: 'follow' });
    expect(page?.status).toBe(200);
    expect(await page?.text()).toMatch(/<title>JupyterLab<\/title>/);
  });

  it('a browser shows JupyterLab at the printed URL and runs a cell on the VM', async () => {
    const began = Date.now();
    const printed = await runCell(
      stage.notebook().url ?? '',
      'import platform; print(platform.node(), 6 * 7)',
    );
    times['a cell in a browser'] = (Date.now() - began) / 1_000;
    expect(printed).toBe(`${await stage.asStaff('hostname')} 42`);
  });

  it('ssh and exec run there with their exit codes, and cp copies both ways', async () => {
    const { name, home } = stage.person();
    expect(await nb('ssh', 'thesis', '--', 'id -un')).toMatchObject({ code: 0, stdout: name });
    expect((await nb('exec', 'thesis', '--', 'sh', '-c', 'exit 7')).code).toBe(7);
    const [here, back] = ['a file.txt', 'and back.txt'].map((each) => join(home, each));
    await writeFile(here ?? '', 'there and back\n');
    expect(await nb('cp', here ?? '', 'thesis:a file.txt')).toMatchObject({ code: 0 });
    expect(await nb('cp', 'thesis:a file.txt', back ?? '')).toMatchObject({ code: 0 });
    expect(await readFile(back ?? '', 'utf8')).toBe('there and back\n');
  });

  it('cloud-init takes the user_data as valid and did all of it', async () => {
    const checked = await stage.asStaff(schemaCheck);
    expect(checked).toMatch(/^Valid schema/m);
    const done = JSON.parse(await stage.asStaff('cloud-init status --wait --format json'));
    expect(done).toMatchObject({ status: 'done', errors: [], recoverable_errors: {} });
  });

  it('the notebook folder is the one of the settings, and its owner is the user', async () => {
    const { stdout } = await stage.ssh(stage.name, `stat -c '%U %a %n' '${folder}'; id -un`);
    expect(stdout).toBe(`${stage.name} 750 ${folder}\n${stage.name}`);
    expect((await stage.ssh(stage.name, 'sudo -n true')).code).not.toBe(0);
  });
}

/** cloud-init's own judgement of what the VM was told at its first boot. */
export const schemaCheck = 'sudo cloud-init schema -c /var/lib/cloud/instance/user-data.txt 2>&1';

/** The VM did not come up, or not in time: what nubes-nb is not to blame for. */
function bootFailed({ code, stderr }: Ended): boolean {
  return code === 8 || stderr.includes('"BUILD_FAILED"');
}
