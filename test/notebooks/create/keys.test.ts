import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { liveServers } from '../../support/cloud.ts';
import { withSshConfig } from '../../support/hostile-ssh-config.ts';
import { fakeSsh, hasSsh, ownKey } from '../../support/ssh.ts';
import { sharedBench } from '../../support/workbench.ts';

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

  test('a broken ssh configuration does not hide the default keys', async () => {
    expect((await nb('create x --no-wait', withSshConfig(bench, 'Nonsense\n'))).code).toBe(0);
    const ssh = fakeSsh(bench, 'exit 255');
    expect((await nb('create y --no-wait', ssh.environment)).code).toBe(0);
  });
});
