import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRequests, liveServers } from '../../support/cloud.ts';
import { withSshConfig } from '../../support/hostile-ssh-config.ts';
import { hasSsh } from '../../support/ssh.ts';
import { addNotebook, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();
const file = (name: string, text: string) => {
  const path = join(bench.home, name);
  writeFileSync(path, text);
  return path;
};
const data = 'AAAAC3NzaC1lZDI1NTE5AAAAIP3tO72INFAatyYtwLXEio6MVa2JnyT0P0AHygnRG4wN';
const line = `ssh-ed25519 ${data}`;
const ownLine = () => readFileSync(join(bench.home, '.ssh', 'id_ed25519.pub'), 'utf8').trim();
const create = (...more: readonly string[]) => bench.nb(['create', 'x', '--no-wait', ...more]);
const userData = () =>
  JSON.parse(
    Buffer.from(liveServers(bench).at(-1)?.userData ?? '', 'base64')
      .toString()
      .replace('#cloud-config', ''),
  );

describe('create --also-key', () => {
  test("the owner's account gets each further key once, with its comment, after the owner's own", async () => {
    const other = file('office.pub', `# mine\r\n\r\n${line} anna@office\r\n`);
    const same = file('same.pub', `${line} other comment`);
    const own = file('own.pub', ownLine());
    const { code } = await create('--also-key', other, '--also-key', same, '--also-key', own);
    expect(code).toBe(0);
    const keys: string[] = userData().users[0].ssh_authorized_keys;
    expect(keys[0]).toBe(ownLine());
    expect(keys.slice(1).map((key) => key.split(' ')[1])).toEqual([data]);
  });

  test('padding that the data of a key does not need is left out', async () => {
    expect((await create('--also-key', file('padded.pub', `${line}====`))).code).toBe(0);
    expect(userData().users[0].ssh_authorized_keys).toEqual([ownLine(), line]);
  });

  test('a relative file is found from the working directory, and notebook.also_keys adds to it', async () => {
    const setting = JSON.stringify(`${line} of-the-settings`);
    bench.configure((toml) => toml.replace('[notebook]', `[notebook]\nalso_keys = [${setting}]`));
    expect((await create()).code).toBe(0);
    expect(userData().users[0].ssh_authorized_keys).toEqual([ownLine(), `${line} of-the-settings`]);
  });

  test("with an account of the image, cloud-init adds the keys to the image's account", async () => {
    bench.configure((toml) => toml.replace('[notebook]', '[notebook]\naccount = "image"'));
    expect((await create('--also-key', file('office.pub', line))).code).toBe(0);
    expect(userData().ssh_authorized_keys).toEqual([ownLine(), line]);
    expect(userData().users).toBeUndefined();
  });

  test.each([
    ['', 'is empty.'],
    [
      '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n',
      'is a private key, which only its owner may have.',
    ],
    ['PuTTY-User-Key-File-3: ssh-ed25519\n', 'is a private key, which only its owner may have.'],
    ['---- BEGIN SSH2 PUBLIC KEY ----\n', 'is not in the format of OpenSSH.'],
    [`${line}\n${line} b\n`, 'has 2 lines, not one key.'],
    [
      `restrict,command="sh" ${line}`,
      'has options before the key, which are not taken from others.',
    ],
    [`no-pty ${line}`, 'has options before the key, which are not taken from others.'],
    ['ssh-dss AAAAB3NzaC1kc3MAAACB anna', 'is a key of a kind that is not accepted: ssh-dss.'],
    [
      'ssh-new@example.org AAAAB3Nz',
      'is a key of a kind that is not accepted: ssh-new@example.org.',
    ],
    [`ssh-ed25519-cert-v01@openssh.com ${data}`, 'is a certificate, not a public key.'],
    [`ssh-rsa ${data}`, 'is a damaged key: its data is not of the kind ssh-rsa.'],
    [
      `ssh-ed25519 ${data.slice(0, -4)}`,
      'is a damaged key: its data is not of the kind ssh-ed25519.',
    ],
    [
      `ssh-rsa ${Buffer.from('\0\0\0\x07ssh-rsa\0\0\0\x01\x03\0\0\0\x01\x7f').toString('base64')}`,
      'is an RSA key of less than 2048 bits, which is too short.',
    ],
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5', 'is a damaged key: its data ends too early.'],
    ['ssh-ed25519 AAAAC3', 'is a damaged key: its data is not of the kind ssh-ed25519.'],
    [`${line} a\u0007b`, 'has control characters.'],
    ['hello', 'is not a public SSH key.'],
    ['x'.repeat(20_000), 'is larger than'],
  ])('the file %j is refused before any request, and why', async (text, why) => {
    const path = file('bad.pub', text);
    const { code, stderr } = await create('--also-key', path);
    expect(stderr).toContain(`error: ${path} ${why}`);
    expect(code).toBe(2);
    expect(createRequests(bench)).toEqual([]);
  });

  test('a missing file is named', async () => {
    const { code, stderr } = await create('--also-key', 'nowhere.pub');
    expect(stderr).toContain('error: There is no file nowhere.pub.');
    expect(code).toBe(2);
  });

  test('21 further keys are refused', async () => {
    const files = Array.from({ length: 21 }, (_, at) => {
      const path = join(bench.home, `k${at}`);
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
      return ['--also-key', `${path}.pub`];
    });
    const { code, stderr } = await create(...files.flat());
    expect(stderr).toContain('A notebook is created with at most 20 further keys, not 21.');
    expect(code).toBe(2);
  });

  test('a manifest names them for each notebook, and a wrong one is reported with its line', async () => {
    file('anna.pub', `${line} anna`);
    const manifest = file(
      'm.yaml',
      `notebooks:\n  - name: x\n    also_keys:\n      - ${join(bench.home, 'anna.pub')}\n`,
    );
    expect((await bench.nb(['apply', '-f', manifest, '--no-wait', '--yes'])).code).toBe(0);
    expect(userData().users[0].ssh_authorized_keys).toEqual([ownLine(), `${line} anna`]);
    file('m.yaml', 'notebooks:\n  - name: y\n    also_keys:\n      - nowhere.pub\n');
    const { code, stderr } = await bench.nb(['apply', '-f', manifest, '--no-wait', '--yes']);
    expect(stderr).toContain(`${manifest}, line 4: there is no file nowhere.pub.`);
    expect(code).toBe(2);
  });

  test('a manifest with a key in the place of a list is refused', async () => {
    const manifest = file('m.yaml', 'notebooks:\n  - name: y\n    also_keys: anna.pub\n');
    const { code, stderr } = await bench.nb(['apply', '-f', manifest, '--yes']);
    expect(stderr).toContain('line 3: also_keys must be a list of files.');
    expect(code).toBe(2);
  });

  test('a wrong key of the settings exits 11', async () => {
    const setting = JSON.stringify(`no-pty ssh-ed25519 ${data}`);
    bench.configure((toml) => toml.replace('[notebook]', `[notebook]\nalso_keys = [${setting}]`));
    const { code, stderr } = await create();
    expect(stderr).toContain('error: Key 1 of notebook.also_keys has options before the key');
    expect(code).toBe(11);
  });
});

describe('show', () => {
  test('it has the account and the key, in JSON with fingerprint, pair and file', async () => {
    const key = join(bench.home, 'work');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const listed = execFileSync('ssh-keygen', ['-lf', `${key}.pub`], { encoding: 'utf8' });
    const fingerprint = listed.split(' ')[1];
    expect((await create('--key', key)).code).toBe(0);
    const shown = JSON.parse((await bench.nb('show x --json')).stdout);
    expect(shown).toMatchObject({ account: 'alice', sshKey: { fingerprint, file: key } });
    const { stdout } = await bench.nb('show x');
    expect(stdout).toContain(`Account    alice\nKey        ${key}, ${fingerprint}\n`);
  });

  test.each(['from-the-office', 'id_work', 'id_ed25519_work'])(
    'another computer finds the key in ~/.ssh by its fingerprint and gives it to ssh, as %s',
    async (name) => {
      const key = join(bench.home, 'work');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      expect((await create('--key', key)).code).toBe(0);
      const laptop = bench.secondComputer();
      await laptop.login();
      const copy = join(laptop.home, '.ssh', name);
      writeFileSync(`${copy}.pub`, readFileSync(`${key}.pub`));
      const shown = JSON.parse((await laptop.nb('show x --json')).stdout);
      expect(shown.sshKey.file).toBe(copy);
    },
  );

  test.runIf(hasSsh)(
    'a default key on another computer is left to ssh, unless its configuration names other files',
    async () => {
      const key = join(bench.home, 'work');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      expect((await create('--key', key)).code).toBe(0);
      const laptop = bench.secondComputer();
      await laptop.login();
      const copy = join(laptop.home, '.ssh', 'id_ed25519');
      writeFileSync(`${copy}.pub`, readFileSync(`${key}.pub`));
      const file = async (environment: Record<string, string>) =>
        JSON.parse((await laptop.nb('show x --json', { environment })).stdout).sshKey.file;
      expect(await file({})).toBeNull();
      const two = 'IdentityFile ~/.ssh/id_work\n  IdentityFile ~/.ssh/id_home\n';
      expect(await file(withSshConfig(laptop, `Host *\n  ${two}`))).toBe(copy);
    },
  );

  test('a fingerprint in metadata that is none is not shown', async () => {
    addNotebook(bench, 'forged', { metadata: { 'nubes-nb:key': 'SHA256:red' } });
    const shown = JSON.parse((await bench.nb('show forged --json')).stdout);
    expect(shown.sshKey).toEqual({ fingerprint: null, pair: null, file: null });
  });
});
