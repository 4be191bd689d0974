import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { makeKeyPair } from '../../../../src/sandbox/vm/key-pair.ts';
import { liveServers } from '../../../support/cloud.ts';
import { withSshConfig } from '../../../support/hostile-ssh-config.ts';
import { fakeSsh, hasSsh, ownKey } from '../../../support/ssh.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const { NUBES_NB_NOTEBOOK_KEY_FILE: keyFile = '' } = ownKey(bench);
const publicKey = readFileSync(`${keyFile}.pub`, 'utf8').trim();
/** Where the key of the sandbox's people would be found by itself. */
const withoutDefault = () => rmSync(join(bench.home, '.ssh', 'id_ed25519.pub'), { force: true });
const nb = (words: string | readonly string[], environment: Record<string, string> = {}) =>
  bench.nb(words, { environment });
/** The public key of the last notebook. */
const imported = () => {
  const server = liveServers(bench).at(-1);
  const text = Buffer.from(server?.userData ?? '', 'base64').toString();
  const [, line = ''] = /"ssh_authorized_keys":\s*\[\s*"([^"]+)"/.exec(text) ?? [];
  return line.split(' ').slice(0, 2).join(' ');
};
const blob = publicKey.split(' ').slice(0, 2).join(' ');
const own = { NUBES_NB_NOTEBOOK_KEY_FILE: keyFile };

describe.runIf(hasSsh)('create --key', () => {
  test('exec, tunnel, show and --probe use the key of the notebook later, and delete forgets it', async () => {
    expect((await nb(['create', 'x', '--key', keyFile])).code).toBe(0);
    expect(await nb('exec x -- echo here')).toEqual({ code: 0, stdout: 'here\n', stderr: '' });
    const shown = JSON.parse((await nb('show x --probe --json')).stdout);
    expect(shown.status).toBe('ready');
    expect(shown.tunnel.argv).toContain(`IdentityFile="${keyFile}"`);
    expect((await nb('ssh-config')).stdout).toContain(`IdentityFile "${keyFile}"`);
    expect((await nb('url x --renew')).code).toBe(0);
    const file = join(bench.stateFolder, 'keys.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ [shown.id]: keyFile });
    expect((await nb('delete x --yes')).code).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({});
  });

  test.each([
    ['ed25519', []],
    ['ecdsa', []],
    ['ecdsa', ['-m', 'PEM']],
    ['ed25519', ['-N', 'a passphrase']],
  ])('a private %s key without .pub is enough (%j)', async (type, options) => {
    const file = join(bench.home, 'lonely');
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', ...options, '-f', file]);
    const [kind, base64] = readFileSync(`${file}.pub`, 'utf8').split(' ');
    rmSync(`${file}.pub`);
    expect((await nb(['create', 'x', '--key', file, '--no-wait'])).code).toBe(0);
    expect(imported()).toBe(`${kind} ${base64}`);
  });
});

describe.runIf(hasSsh)('a key that ssh finds by itself', () => {
  test('a default private key without .pub is used', async () => {
    withoutDefault();
    writeFileSync(join(bench.home, '.ssh', 'id_ed25519'), readFileSync(keyFile), { mode: 0o600 });
    expect((await nb('create x --no-wait')).code).toBe(0);
    expect(imported()).toBe(blob);
  });

  test('a key named by IdentityFile is used instead of a default one', async () => {
    const environment = withSshConfig(bench, `Host *\n  IdentityFile "${keyFile}"\n`);
    expect((await nb('create x', environment)).code).toBe(0);
    expect(imported()).toBe(blob);
    expect((await nb('exec x -- true', environment)).code).toBe(0);
  });

  test('an ML-DSA key is used after every other one, and Nova that refuses it is reported with the type', async () => {
    withoutDefault();
    const folder = join(bench.home, '.ssh');
    const type = 'ssh-mldsa44-ed25519';
    const length = Buffer.alloc(4);
    length.writeUInt32BE(type.length);
    const data = Buffer.concat([length, Buffer.from(type), Buffer.alloc(1_370, 7)]).toString(
      'base64',
    );
    writeFileSync(join(folder, 'id_mldsa44_ed25519.pub'), `${type} ${data} alice\n`);
    const refused = await nb('create x');
    expect(refused.stderr).toContain(`Nova accepts no SSH key of the type ${type}.`);
    expect(refused.stderr).toContain('hint: ssh-keygen -t ed25519');
    expect(refused.code).toBe(2);
    writeFileSync(join(folder, 'id_rsa'), readFileSync(keyFile), { mode: 0o600 });
    expect((await nb('create x --no-wait')).code).toBe(0);
    expect(imported()).toBe(blob);
  });

  test('a key below HOME is given to an ssh that looks in the home folder of the account', async () => {
    withoutDefault();
    const file = join(bench.home, '.ssh', 'id_ed25519');
    writeFileSync(file, readFileSync(keyFile), { mode: 0o600 });
    const sshHome = join(bench.home, 'account');
    expect((await bench.nb('create x', { sshHome })).code).toBe(0);
    expect(imported()).toBe(blob);
    const shown = JSON.parse((await bench.nb('show x --json', { sshHome })).stdout);
    expect(shown.tunnel.argv).toContain(`IdentityFile=${file}`);
    expect((await bench.nb('exec x -- true', { sshHome })).code).toBe(0);
  });

  test('a key in the home folder of the account is used before one below HOME', async () => {
    const sshHome = join(bench.home, 'account');
    mkdirSync(join(sshHome, '.ssh'), { recursive: true });
    writeFileSync(join(sshHome, '.ssh', 'id_ed25519.pub'), publicKey);
    expect((await bench.nb('create x --no-wait', { sshHome })).code).toBe(0);
    expect(imported()).toBe(blob);
    expect((await bench.nb('show x', { sshHome })).stdout).not.toContain('IdentityFile');
  });

  test('a default key is used if the configuration names only one that does not exist', async () => {
    withoutDefault();
    const file = join(bench.home, '.ssh', 'id_ed25519');
    writeFileSync(file, readFileSync(keyFile), { mode: 0o600 });
    const environment = withSshConfig(bench, `Host *\n  IdentityFile ${bench.home}/gone\n`);
    expect((await nb('create x', environment)).code).toBe(0);
    expect((await nb('exec x -- true', environment)).code).toBe(0);
  });

  test('a broken ssh configuration does not hide the default keys', async () => {
    expect((await nb('create x --no-wait', withSshConfig(bench, 'Nonsense\n'))).code).toBe(0);
    const ssh = fakeSsh(bench, 'exit 255');
    expect((await nb('create y --no-wait', ssh.environment)).code).toBe(0);
  });
});

describe.runIf(hasSsh)('the key of a notebook', () => {
  test('the keys of two notebooks are kept apart', async () => {
    const other = join(bench.home, 'other');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    await nb(['create', 'a', '--key', keyFile]);
    await nb(['create', 'b', '--key', `${other}.pub`]);
    for (const name of ['a', 'b']) expect((await nb(`exec ${name} -- true`)).code).toBe(0);
  });

  test('a key that is only in the agent is used', async () => {
    withoutDefault();
    const socket = join(bench.home, 'agent');
    const output = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
    onTestFinished(() => void process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(output)?.[1])));
    const environment = { SSH_AUTH_SOCK: socket };
    spawnSync('ssh-add', ['-q', keyFile], { env: { ...process.env, ...environment } });
    expect((await nb('create x', environment)).code).toBe(0);
    expect(imported()).toBe(blob);
    expect((await nb('exec x -- true', environment)).code).toBe(0);
    await nb('delete x --yes', environment);
    const filesOnly = withSshConfig(
      bench,
      `Host *\n  IdentityAgent ${socket}\n  IdentitiesOnly yes\n`,
    );
    expect((await nb('create y', filesOnly)).stderr).toContain('There is no SSH key');
    const byOption = withSshConfig(bench, `Host *\n  IdentityAgent ${socket}\n`);
    expect((await nb('create y', byOption)).stdout).toContain('y is ready');
    expect((await nb('exec y -- true', byOption)).code).toBe(0);
  });
});

describe.runIf(hasSsh)('a changed notebook.key_file', () => {
  const other = () => {
    const file = join(bench.home, 'other');
    if (!existsSync(file)) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
    }
    return { NUBES_NB_NOTEBOOK_KEY_FILE: file };
  };

  test.each<[string, string, () => Record<string, string>]>([
    ['--key', `create x --key "${keyFile}"`, () => ({})],
    ['--key, the same as in the settings', `create x --key "${keyFile}"`, () => own],
    ['the setting', 'create x', () => own],
    ['no setting', 'create x', () => withSshConfig(bench, `Host *\n  IdentityFile "${keyFile}"\n`)],
  ])('applies to no notebook created with %s', async (_what, words, environment) => {
    const argv = words
      .split(/ (?=(?:[^"]*"[^"]*")*[^"]*$)/)
      .map((word) => word.replaceAll('"', ''));
    expect((await nb(argv, environment())).code).toBe(0);
    const later = { ...environment(), ...other() };
    expect(await nb('exec x -- echo here', later)).toEqual({
      code: 0,
      stdout: 'here\n',
      stderr: '',
    });
    const shown = JSON.parse((await nb('show x --probe --json', later)).stdout);
    expect(shown.status).toBe('ready');
    expect((await nb('ssh-config', later)).stdout).not.toContain(
      other().NUBES_NB_NOTEBOOK_KEY_FILE,
    );
  });

  test('applies if the recorded file is gone', async () => {
    const first = join(bench.home, 'first');
    for (const end of ['', '.pub']) copyFileSync(`${keyFile}${end}`, `${first}${end}`);
    await nb(['create', 'x', '--key', first]);
    for (const end of ['', '.pub']) rmSync(`${first}${end}`);
    expect((await nb('exec x -- true', own)).code).toBe(0);
  });
});

describe.runIf(hasSsh)('keys', () => {
  let agent: string | undefined;
  afterEach(() => {
    if (agent !== undefined) process.kill(Number(agent));
    agent = undefined;
  });

  /** Starts an ssh-agent with this many keys that no VM accepts. */
  function agentWith(count: number): Record<string, string> {
    const socket = join(bench.home, 'agent');
    const output = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
    agent = /SSH_AGENT_PID=(\d+)/.exec(output)?.[1];
    const environment = { SSH_AUTH_SOCK: socket, PATH: process.env['PATH'] ?? '' };
    for (let index = 0; index < count; index += 1) {
      const input = makeKeyPair(ssh2, `other ${index}`).private;
      spawnSync('ssh-add', ['-q', '-'], { input, env: environment });
    }
    return environment;
  }

  test('an agent with many keys does not use up the attempts before the configured key', async () => {
    await nb('create x', own);
    const environment = { ...own, ...agentWith(12) };
    expect(await nb('exec x -- echo here', environment)).toMatchObject({
      code: 0,
      stdout: 'here\n',
    });
    expect((await nb('show x --probe --json', environment)).stdout).toContain('"status": "ready"');
  });

  test('--no-input and --probe do not ask for the passphrase of a key, and say so', async () => {
    const file = join(bench.home, 'locked');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'a passphrase', '-f', file]);
    const locked = { NUBES_NB_NOTEBOOK_KEY_FILE: file };
    const created = await nb('create locked', locked);
    expect(created).toMatchObject({ code: 0 });
    expect(created.stdout).toContain('locked is ready');
    const probed = await nb('ls --probe', locked);
    expect(probed.stderr).toContain('ssh-add FILE');
    const { code, stderr } = await nb('tunnel locked --no-input', locked);
    expect(stderr).toContain('sshd of locked accepts none of your SSH keys');
    expect(code).toBe(9);
  });
});
