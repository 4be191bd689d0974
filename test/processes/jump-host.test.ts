import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withSshConfig } from '../support/hostile-ssh-config.ts';
import { type JumpHost, startJumpHost } from '../support/jump-host.ts';
import { hasSsh, listeningStdout, ownKey } from '../support/ssh.ts';
import { sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);
const created = await bench.nb('create x --json', { environment: key });
const { argv } = JSON.parse(created.stdout).tunnel;

let jumpHost: JumpHost;
beforeAll(async () => {
  jumpHost = await startJumpHost(Number(argv[argv.indexOf('-p') + 1]));
});
afterAll(() => jumpHost.close());

/** Only the jump host knows where port 1 of the VM leads. */
const behindJumpHost = (config: string) => ({
  ...key,
  ...withSshConfig(bench, config),
  NUBES_NB_NOTEBOOK_SSH_PORT: '1',
});
const config = () => `Host 127.*
  ProxyJump someone@localhost:${jumpHost.port}
Host localhost
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  IdentityFile "${key['NUBES_NB_NOTEBOOK_KEY_FILE']}"
`;
const environment = () => behindJumpHost(config());
const nb = (words: string | readonly string[]) => bench.nb(words, { environment: environment() });

describe.runIf(hasSsh)('a VM behind ProxyJump', () => {
  test('exec runs a command there', async () => {
    expect(await nb('exec x -- echo here')).toEqual({ code: 0, stdout: 'here\n', stderr: '' });
  });

  test('--probe logs in once and finds the notebook ready', async () => {
    const before = jumpHost.logins();
    const seen = await nb('show x --probe --json');
    expect(JSON.parse(seen.stdout).status).toBe('ready');
    expect(seen.stderr).toBe('');
    expect(jumpHost.logins() - before).toBe(1);
  });

  test('wait and start find Jupyter over ssh', async () => {
    expect((await nb('wait x')).stderr).not.toMatch(/reach|not checked/);
    await nb('stop x');
    const started = await nb('start x --verbose');
    expect(started.stderr).not.toMatch(/reach|not checked/);
    expect(started.code).toBe(0);
  });

  test('wait finds a ProxyJump that the configuration includes for the VM only', async () => {
    const file = join(bench.home, 'included');
    writeFileSync(file, config());
    const including = behindJumpHost(`Host 127.* localhost\n  Include ${file}\n`);
    const { code, stderr } = await bench.nb('wait x', { environment: including });
    expect(stderr).not.toMatch(/reach|not checked/);
    expect(code).toBe(0);
  });

  test('cp copies both ways', async () => {
    writeFileSync(join(bench.home, 'file'), 'content');
    expect((await nb('cp file x:copied')).code).toBe(0);
    expect((await nb('cp x:copied back')).code).toBe(0);
    expect(readFileSync(join(bench.home, 'back'), 'utf8')).toBe('content');
  });

  test('tunnel opens', async () => {
    const { stdout, first } = listeningStdout();
    const interruption = new AbortController();
    const running = bench.nb('tunnel x', { environment: environment(), stdout, interruption });
    expect(await first).toContain('http://127.0.0.1:');
    interruption.abort();
    await running;
  });

  test('a changed host key of the jump host is not taken for the VM’s', async () => {
    const known = join(bench.home, 'jump_known_hosts');
    const other = readFileSync(`${key['NUBES_NB_NOTEBOOK_KEY_FILE']}.pub`, 'utf8');
    writeFileSync(known, `[localhost]:${jumpHost.port} ${other}`);
    const changed = {
      ...key,
      ...withSshConfig(
        bench,
        `Host 127.*
  ProxyJump someone@localhost:${jumpHost.port}
Host localhost
  StrictHostKeyChecking yes
  UserKnownHostsFile "${known}"
`,
      ),
    };
    for (const words of ['exec x -- true', 'show x --probe', 'tunnel x', 'cp x:a .']) {
      const { stderr } = await bench.nb(words, { environment: changed });
      expect(stderr).toMatch(
        /through the ProxyJump or ProxyCommand .* failed: Host key for .*localhost/,
      );
      expect(stderr).not.toContain('presents another host key');
    }
  });

  test('a VM that the jump host cannot reach is named with what the jump host says', async () => {
    const closed = { ...environment(), NUBES_NB_NOTEBOOK_SSH_PORT: '2' };
    for (const words of [
      'exec x -- true',
      'show x --probe',
      'tunnel x',
      'logs x --source jupyter',
    ]) {
      const { stderr } = await bench.nb(words, { environment: closed });
      expect(stderr).toMatch(
        /The jump host of your ssh configuration cannot connect to the VM of x at 127\.[\d.]+:2: (?:stdio|channel)/,
      );
    }
  });
});

/** A configuration with which only ssh reaches the VM of a notebook, as behind a jump host. */
function behindProxyCommand(): Record<string, string> {
  const [host, port] = [argv.at(-1).split('@')[1], argv.at(-3)];
  const relay = join(bench.home, 'relay.mjs');
  writeFileSync(
    relay,
    `import { connect } from 'node:net';
const socket = connect(${port}, '${host}');
process.stdin.pipe(socket).pipe(process.stdout);
`,
  );
  const config = `Host 127.*\n  ProxyCommand '${process.execPath}' '${relay}'\n`;
  // No program listens at this port: only the ProxyCommand reaches sshd.
  return { ...key, ...withSshConfig(bench, config), NUBES_NB_NOTEBOOK_SSH_PORT: '1' };
}

describe.runIf(hasSsh)('a VM behind ProxyCommand', () => {
  test('a VM behind the ProxyCommand of the ssh configuration is ready for --probe, wait and exec', async () => {
    const proxied = { environment: behindProxyCommand() };
    const seen = await bench.nb('show x --probe --json', proxied);
    expect(JSON.parse(seen.stdout).status).toBe('ready');
    expect(seen.stderr).toBe('');
    expect(await bench.nb('exec x -- echo here', proxied)).toMatchObject({
      code: 0,
      stdout: 'here\n',
    });
    expect(await bench.nb('exec x -- false', proxied)).toMatchObject({ code: 1, stderr: '' });
    const waited = await bench.nb('wait x', proxied);
    expect(waited.code).toBe(0);
    expect(waited.stderr).not.toMatch(/cannot reach|sshd is not running/);
  });

  test('start of a VM behind a ProxyCommand asks Jupyter over ssh', async () => {
    await bench.nb('stop x');
    const started = await bench.nb('start x --verbose', { environment: behindProxyCommand() });
    expect(started.stderr).not.toMatch(/cannot reach|was not checked/);
    expect(started.code).toBe(0);
  });
});
