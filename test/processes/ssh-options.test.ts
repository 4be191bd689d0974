import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hostileConfig, withSshConfig } from '../support/hostile-ssh-config.ts';
import { hasSsh, listeningStdout, ownKey } from '../support/ssh.ts';
import { sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const key = ownKey(bench);
await bench.nb('create x', { environment: key });

const nb = (config: string, words: string | readonly string[], stdin?: string) =>
  bench.nb(words, {
    environment: { ...key, ...withSshConfig(bench, config) },
    ...(stdin === undefined ? {} : { stdin }),
  });
const hostile = hostileConfig(bench);

const tests = [
  [
    'a bad line',
    'Host *\n  Nonsense yes\n',
    /ssh cannot use its configuration: .*ssh_config: line 2: Bad/,
  ],
  [
    'a bad value',
    'Host *\n  Port none\n',
    /ssh cannot use its configuration: .*ssh_config line 2: Bad port/,
  ],
  [
    'a token that ssh does not know',
    'Host *\n  IdentityFile /keys/%Q\n',
    /ssh cannot use its configuration: unknown key %Q\./,
  ],
  [
    'a variable that is not set',
    `Host *\n  CertificateFile \${NOT_SET}/c\n`,
    /ssh cannot use its configuration: env var \$\{NOT_SET\} has no value\./,
  ],
  [
    'a BindAddress of another computer',
    'Host *\n  BindAddress 203.0.113.9\n',
    /ssh cannot use the BindAddress .*: bind 203\.0\.113\.9: /,
  ],
  [
    'a file of RevokedHostKeys that is missing',
    'Host *\n  RevokedHostKeys /nosuch/krl\n',
    /RevokedHostKeys in its configuration, .* no host key: \/nosuch\/krl: No such file or directory\./,
  ],
  [
    'a ProxyCommand that passes no connection back',
    'Host *\n  ProxyUseFdpass yes\n  ProxyCommand false\n',
    /ProxyJump or ProxyCommand of your ssh configuration failed: proxy dialer did not pass back/,
  ],
  [
    'a dead jump host',
    'Host 127.*\n  ProxyJump localhost:1\n',
    /to x through the ProxyJump or ProxyCommand of your ssh configuration failed: ssh: connect to host localhost port 1: Connection refused\./,
  ],
  [
    'a jump host without a name',
    'Host 127.*\n  ProxyJump gate.invalid\n',
    /through the ProxyJump .* Could not resolve hostname gate.invalid/,
  ],
  [
    'a ProxyCommand that fails',
    'Host *\n  ProxyCommand false\n',
    /through the ProxyJump or ProxyCommand .* failed: it gives no reason\./,
  ],
  [
    'no common algorithm',
    'Host *\n  Ciphers 3des-cbc\n',
    /have no common algorithm: Unable to negotiate/,
  ],
  [
    'host key algorithms without the pinned one',
    'Host *\n  HostKeyAlgorithms rsa-sha2-512\n',
    /have no common algorithm/,
  ],
] as const;

describe.runIf(hasSsh)('a failure that comes from the ssh configuration', () => {
  test.each(tests)('%s is named by every command', async (_what, config, message) => {
    const words = [
      'exec x -- true',
      'logs x --source jupyter',
      'show x --probe',
      'cp x:a .',
      'tunnel x',
    ];
    for (const each of words) expect((await nb(config, each)).stderr).toMatch(message);
  });
});

describe.runIf(hasSsh)('a file that includes itself', () => {
  const commands = ['logs x --source jupyter', 'cp x:a .', 'tunnel x', 'restart x --jupyter-only'];

  test.each(commands)('is an error of the configuration for %s', async (words) => {
    const { code, stderr } = await nb(`Include ${join(bench.home, 'ssh_config')}\n`, words);
    expect(stderr).toContain(
      'ssh cannot use its configuration: Too many recursive configuration includes.',
    );
    expect(code).toBe(11);
  });
});

describe.runIf(hasSsh)('a private key', () => {
  // That of the notebook, whatever the settings name now.
  const file = key['NUBES_NB_NOTEBOOK_KEY_FILE'] ?? '';
  const commands = ['exec x -- true', 'logs x --source jupyter', 'cp x:a .', 'tunnel x'];

  test.each(commands)('that others can read is named by %s, with chmod', async (words) => {
    chmodSync(file, 0o644);
    const { stderr } = await bench.nb(words);
    expect(stderr).toContain(
      `ssh ignores the private key ${file}, because other users can read it.`,
    );
    expect(stderr).toContain(`hint: chmod 600 '${file}'`);
  });

  test.each(commands)('that is missing or not a key is named by %s', async (words) => {
    rmSync(file);
    expect((await bench.nb(words)).stderr).toContain(`There is no private key ${file}`);
    writeFileSync(file, 'junk', { mode: 0o600 });
    expect((await bench.nb(words)).stderr).toContain(`ssh cannot read the private key ${file}`);
  });
});

/** A listening port. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe.runIf(hasSsh)('a hostile ssh configuration', () => {
  test('exec passes input, output and exit code through', async () => {
    const words = ['exec', 'x', '--', 'sh', '-c', 'cat; echo no >&2; exit 7'];
    const seen = await nb(hostile, words, 'in');
    expect(seen).toMatchObject({ code: 7, stdout: 'in', stderr: expect.stringContaining('no\n') });
  });

  test('logs prints the log of Jupyter', async () => {
    const plain = await nb('', 'logs x --source jupyter');
    const seen = await nb(hostile, 'logs x --source jupyter');
    expect(seen).toEqual(plain);
    expect(seen.code).toBe(0);
  });

  test('show --probe finds a ready notebook', async () => {
    const seen = await nb(hostile, 'show x --probe --json');
    expect(JSON.parse(seen.stdout).status).toBe('ready');
    expect(seen.stderr).toBe('');
  });

  test('cp copies both ways', async () => {
    const file = join(bench.home, 'ssh_config');
    expect((await nb(hostile, ['cp', file, 'x:copied'])).code).toBe(0);
    expect((await nb(hostile, 'cp x:copied back')).code).toBe(0);
    expect(readFileSync(join(bench.home, 'back'), 'utf8')).toBe(hostile);
  });

  test('restart --jupyter-only restarts Jupyter', async () => {
    expect(await nb(hostile, 'restart x --jupyter-only')).toMatchObject({ code: 0 });
  });

  test('tunnel opens, and stays in the foreground until Ctrl-C', async () => {
    const { stdout, first } = listeningStdout();
    const interruption = new AbortController();
    const environment = { ...key, ...withSshConfig(bench, hostile) };
    const running = bench.nb('tunnel x', { environment, stdout, interruption });
    expect(await first).toContain('http://127.0.0.1:');
    interruption.abort();
    expect((await running).stderr).not.toContain('down');
  });

  test('a changed host key is refused although the configuration trusts it and is quiet', async () => {
    const file = join(bench.stateFolder, 'known_hosts');
    const [line = ''] = readFileSync(file, 'utf8').split('\n');
    const [alias = ''] = line.split(' ');
    const other = readFileSync(`${key['NUBES_NB_NOTEBOOK_KEY_FILE']}.pub`, 'utf8');
    writeFileSync(file, `${alias} ${other}`);
    writeFileSync(join(bench.home, 'global_known_hosts'), line);
    for (const words of ['exec x -- true', 'logs x --source jupyter', 'tunnel x', 'cp x:a .']) {
      expect((await nb(hostile, words)).stderr).toContain('presents another host key');
    }
  });
});

describe.runIf(hasSsh)('a host of ssh-config above a hostile ssh configuration', () => {
  async function run(program: string, ...args: string[]): Promise<string> {
    return runWith('in', program, ...args);
  }

  async function runWith(input: string, program: string, ...args: string[]): Promise<string> {
    const environment = { ...key, ...withSshConfig(bench, hostile) };
    const { stdout } = await bench.nb('ssh-config', { environment });
    const file = join(bench.home, 'with-hosts');
    writeFileSync(file, `${stdout}\n${hostile}`);
    const running = promisify(execFile)(program, ['-F', file, ...args]);
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  test('ssh runs a command with its input', async () => {
    expect(await run('ssh', 'nubes-nb-x', 'cat; echo out')).toBe('inout\n');
  });

  test.each(['-p', '-O'])('scp %s copies both ways', async (flag) => {
    const [from, to] = [join(bench.home, 'with-hosts'), join(bench.home, 'back')];
    await run('scp', flag, from, 'nubes-nb-x:copied');
    await run('scp', flag, 'nubes-nb-x:copied', to);
    expect(readFileSync(to, 'utf8')).toBe(readFileSync(from, 'utf8'));
  });

  test('scp and sftp expand a pattern on the VM, sftp also in an upload', async () => {
    await run(
      'ssh',
      'nubes-nb-x',
      'mkdir sub; for i in 1 2; do echo $i > sub/$i.txt; done; touch sub/3',
    );
    const copied = join(bench.home, 'copied');
    mkdirSync(copied);
    await run('scp', 'nubes-nb-x:sub/*.txt', copied);
    expect(readdirSync(copied)).toEqual(['1.txt', '2.txt']);
    const batch = `cd notebooks\nput ${copied}/*.txt\nrename 2.txt 4.txt\nrm 1.txt\nls -1\nls -l 4.txt\n`;
    const listed = (await runWith(batch, 'sftp', 'nubes-nb-x')).replaceAll(/^sftp> .*\n/gm, '');
    expect(listed).toMatch(/^4\.txt\s+-rw-r--r-- .* 2 .* 4\.txt\s+$/m);
  });
});

describe.runIf(hasSsh)('forwards of the ssh configuration', () => {
  test.each(['LocalForward', 'DynamicForward'])(
    'a %s to a taken port keeps no command from running',
    async (option) => {
      const port = await takenPort();
      const target = option === 'LocalForward' ? ' 127.0.0.1:1' : '';
      const config = `Host *\n  ${option} 127.0.0.1:${port}${target}\n  ExitOnForwardFailure yes\n`;
      const seen = await nb(config, 'exec x -- echo here');
      expect(seen).toEqual({ code: 0, stdout: 'here\n', stderr: '' });
    },
  );

  const foreign = [
    ['RemoteForward 1 127.0.0.1:1', 'RemoteForward 1 for it, and sshd of x refuses it.'],
    [
      'RemoteForward /run/nb.sock 127.0.0.1:1',
      'RemoteForward /run/nb.sock for it, and sshd of x refuses it.',
    ],
    [
      'LocalForward /nosuch/nb.sock 127.0.0.1:1',
      'LocalForward /nosuch/nb.sock for it, and ssh cannot open it: No such file or directory.',
    ],
    [
      'DynamicForward 203.0.113.9:1080',
      'DynamicForward 1080 for it, and ssh cannot open it: Cannot assign requested address.',
    ],
  ] as const;

  test.each(foreign)('%s keeps a tunnel from opening, with its reason', async (line, message) => {
    const { code, stdout, stderr } = await nb(`Host *\n  ${line}\n`, 'tunnel x');
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([6, '']);
  });

  test('a LocalForward to a taken port ends a tunnel with words that name it', async () => {
    const port = await takenPort();
    const { code, stderr } = await nb(
      `Host *\n  LocalForward 127.0.0.1:${port} 127.0.0.1:1\n`,
      'tunnel x',
    );
    expect(stderr).toContain(
      `your ssh configuration sets LocalForward or DynamicForward ${port} for it`,
    );
    expect(code).toBe(6);
  });
});
