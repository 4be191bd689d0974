import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeSsh, fakeSsh, listeningStdout, ownKey } from '../../../support/ssh.ts';
import { type Workbench, workbench } from '../../../support/workbench.ts';

let bench: Workbench;
let key: Record<string, string>;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  key = ownKey(bench);
  await bench.nb('create x', { environment: key });
});
afterAll(() => bench.close());

/** A fake ssh that runs its command locally, with these scripts as the VM's programs. */
function aVm(programs: Readonly<Record<string, string>>): FakeSsh {
  const vm = join(bench.home, 'vm');
  mkdirSync(vm, { recursive: true });
  rmSync(join(bench.home, 'restarted'), { force: true });
  for (const [name, lines] of Object.entries(programs)) {
    writeFileSync(join(vm, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(vm, name), 0o755);
  }
  return fakeSsh(
    bench,
    `for LINE; do :; done\nVM='${bench.home}' PATH='${vm}':/usr/bin:/bin exec sh -c "$LINE"`,
  );
}

const nb = (words: string, { environment }: FakeSsh) =>
  bench.nb(words, { environment: { ...key, ...environment } });
const noSudo = { sudo: 'exit 1' };
const withSudo = { sudo: '[ "$1" = -n ] && shift; exec "$@"' };

describe('logs --source jupyter', () => {
  const journal = { journalctl: 'echo "$@"; printf "a\\033[2Jb\\n"' };

  test('logs --source jupyter prints the sanitized journal, with or without sudo', async () => {
    const expected = '-u nubes-jupyter.service -n 5 --no-pager\nab\n';
    for (const rights of [noSudo, withSudo]) {
      const { code, stdout } = await nb(
        'logs x --source jupyter -n 5',
        aVm({ ...journal, ...rights }),
      );
      expect([code, stdout]).toEqual([0, expected]);
    }
  });

  test('logs --source jupyter reports errors of journalctl, and its hints if there is no line', async () => {
    const hint = aVm({ ...noSudo, journalctl: 'echo "Hint: not seeing system messages" >&2' });
    expect((await nb('logs x --source jupyter', hint)).stderr).toContain(
      'not seeing system messages',
    );
    const some = aVm({ ...noSudo, journalctl: 'echo "Hint: not all" >&2; echo line' });
    expect(await nb('logs x --source jupyter', some)).toMatchObject({
      stdout: 'line\n',
      stderr: '',
    });
    const broken = aVm({ ...noSudo, journalctl: 'echo "No journal files" >&2; exit 1' });
    const { code, stderr } = await nb('logs x --source jupyter', broken);
    expect(stderr).toContain('Cannot read the jupyter log of x: No journal files.');
    expect(code).toBe(9);
  });

  test('logs --source jupyter -f prints new lines until Ctrl-C', async () => {
    const vm = aVm({ ...noSudo, journalctl: 'echo "$6"; exec sleep 5' });
    const { stdout, first } = listeningStdout();
    const interruption = new AbortController();
    const environment = { ...key, ...vm.environment };
    const running = bench.nb('logs x --source jupyter -f', { environment, stdout, interruption });
    expect(await first).toBe('-f\n');
    interruption.abort('SIGINT');
    expect((await running).code).toBe(130);
  });
});

describe('logs --source cloud-init', () => {
  test('logs --source cloud-init exits 3 if there is no log', async () => {
    const { code, stderr } = await nb('logs x --source cloud-init', aVm({ ...noSudo }));
    expect(stderr).toContain('There is no cloud-init log on x.');
    expect(code).toBe(3);
  });
});

test('logs -f of the console is a usage error', async () => {
  expect((await bench.nb('logs x -f')).code).toBe(2);
});

describe('restart --jupyter-only', () => {
  const curl = '[ -e "$VM/restarted" ] && printf " 200"';
  const systemctl = `case "$1" in
show) if [ -e "$VM/restarted" ]; then echo 43; else echo 42; fi ;;
*) echo "$@" > "$VM/asked"; touch "$VM/restarted" ;;
esac`;

  test('restart --jupyter-only uses systemd with sudo and is ready when Jupyter answers', async () => {
    const { code, stdout } = await nb(
      'restart x --jupyter-only --json',
      aVm({ ...withSudo, systemctl, curl }),
    );
    expect(JSON.parse(stdout)).toMatchObject({ name: 'x', status: 'ready' });
    expect(code).toBe(0);
  });

  test('restart --jupyter-only without sudo kills Jupyter, which systemd restarts', async () => {
    const jupyter = spawn('sleep', ['60']);
    jupyter.on('exit', () => writeFileSync(join(bench.home, 'restarted'), ''));
    const shown = `if [ -e "$VM/restarted" ]; then echo 1; else echo ${jupyter.pid}; fi`;
    const vm = aVm({ ...noSudo, systemctl: shown, curl });
    expect((await nb('restart x --jupyter-only', vm)).code).toBe(0);
    expect(jupyter.signalCode).toBe('SIGKILL');
  });

  test('restart --jupyter-only without rights exits 5 and names restart', async () => {
    const { code, stderr } = await nb(
      'restart x --jupyter-only',
      aVm({ ...noSudo, systemctl: 'echo 0' }),
    );
    expect(stderr).toContain('Your account on x may not restart Jupyter');
    expect(stderr).toContain('hint: nubes-nb restart x (the whole VM)');
    expect(code).toBe(5);
  });

  test('restart --jupyter-only that times out exits 8 and prints the notebook', async () => {
    const { code, stdout } = await nb(
      'restart x --jupyter-only --timeout 1 --json',
      aVm({ ...withSudo, systemctl, curl: 'exit 7' }),
    );
    expect(JSON.parse(stdout)).toMatchObject({ name: 'x', status: 'unreachable' });
    expect(code).toBe(8);
  });

  test('restart --jupyter-only refuses --hard', async () => {
    expect((await bench.nb('restart x --jupyter-only --hard')).code).toBe(2);
  });
});
