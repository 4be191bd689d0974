import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { hasSsh, ownKey } from '../../../support/ssh.ts';
import { sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const { NUBES_NB_NOTEBOOK_KEY_FILE: own = '' } = ownKey(bench);
const nb = (words: string | readonly string[], more: Record<string, string> = {}) =>
  bench.nb(words, { environment: { NUBES_NB_NOTEBOOK_KEY_FILE: own, ...more } });
const fingerprintOf = (file: string) =>
  execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' }).split(' ')[1] ?? '';
const keysNow = async () => (await nb('exec x -- cat .ssh/authorized_keys')).stdout;
const newKey = (name: string, comment = name) => {
  const file = join(bench.home, '.ssh', name);
  if (!existsSync(file)) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  }
  return file;
};
const list = async (): Promise<readonly Record<string, unknown>[]> =>
  JSON.parse((await nb('key list x --json')).stdout);

describe.runIf(hasSsh)('key', () => {
  beforeEach(async () => {
    expect((await nb('create x')).code).toBe(0);
  });

  test('list has each key with fingerprint, type, comment and options, and which one this login uses', async () => {
    const foreign = newKey('foreign', 'anna@work');
    const line = readFileSync(`${foreign}.pub`, 'utf8').trim();
    const options = 'restrict,command="echo \\"a b\\" c"';
    const text = `\n# by hand\n${options} ${line}\nnonsense\n`;
    writeFileSync(join(bench.home, 'more'), text);
    await nb(['cp', join(bench.home, 'more'), 'x:']);
    await nb(['exec', 'x', '--', 'sh', '-c', 'cat more >> .ssh/authorized_keys']);
    expect(await list()).toMatchObject([
      { fingerprint: fingerprintOf(own), type: 'ssh-ed25519', options: null, used: true },
      { fingerprint: fingerprintOf(foreign), comment: 'anna@work', options, used: false },
    ]);
    const table = (await nb('key list x')).stdout;
    expect(table).toContain('by this login');
  });

  test('a key that was added logs in by itself, and other lines stay byte for byte', async () => {
    await nb([
      'exec',
      'x',
      '--',
      'sh',
      '-c',
      "printf '# mine\\n\\n  spaced line' >> .ssh/authorized_keys",
    ]);
    const before = await keysNow();
    const laptop = newKey('laptop');
    const { code, stdout } = await nb(['key', 'add', 'x', `${laptop}.pub`]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${fingerprintOf(laptop)} may log in to x.\n`,
    });
    expect(await keysNow()).toBe(`${before}\n${readFileSync(`${laptop}.pub`, 'utf8')}`);
    const second = bench.secondComputer();
    await second.login();
    const there = { environment: { NUBES_NB_NOTEBOOK_KEY_FILE: laptop } };
    expect((await second.nb('exec x -- echo in', there)).stdout).toBe('in\n');
  });

  test('a key that is there already is not added twice', async () => {
    const before = await keysNow();
    const { stdout, code } = await nb(['key', 'add', 'x', `${own}.pub`, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ notebook: 'x', changed: false });
    expect(code).toBe(0);
    expect(await keysNow()).toBe(before);
  });

  test('twelve keys that are added at once are all there', async () => {
    const files = Array.from({ length: 12 }, (_, at) => newKey(`k${at}`));
    const added = await Promise.all(files.map((file) => nb(['key', 'add', 'x', `${file}.pub`])));
    expect(added.map(({ code }) => code)).toEqual(files.map(() => 0));
    const there = (await list()).map(({ fingerprint }) => fingerprint);
    expect(there.toSorted()).toEqual([own, ...files].map(fingerprintOf).toSorted());
  });

  test.each(['fingerprint', 'file', 'comment'])(
    'remove by %s takes the key away and leaves the rest',
    async (by) => {
      const before = await keysNow();
      const laptop = newKey('laptop', "anna's laptop");
      await nb(['key', 'add', 'x', `${laptop}.pub`]);
      const names: Record<string, string> = {
        fingerprint: fingerprintOf(laptop),
        file: `${laptop}.pub`,
        comment: "anna's laptop",
      };
      const { code, stdout } = await nb(['key', 'remove', 'x', names[by] ?? '']);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `${fingerprintOf(laptop)} can no longer log in to x.\n`,
      });
      expect(await keysNow()).toBe(before);
    },
  );

  test('remove refuses the key that this computer logs in with; --force uses another one that is here', async () => {
    const laptop = newKey('laptop');
    await nb(['key', 'add', 'x', `${laptop}.pub`]);
    const refused = await nb(['key', 'remove', 'x', `${own}.pub`]);
    expect(refused.stderr).toContain(
      'error: The key stays on x: this computer logs in with this key.\nhint: nubes-nb key remove x SHA256:',
    );
    expect(refused.code).toBe(5);
    expect((await nb(['key', 'remove', 'x', `${own}.pub`, '--force'])).code).toBe(0);
    expect((await list()).map(({ fingerprint, used }) => [fingerprint, used])).toEqual([
      [fingerprintOf(laptop), true],
    ]);
    const shown = JSON.parse((await nb('show x --json')).stdout);
    expect(shown.sshKey).toMatchObject({ fingerprint: fingerprintOf(laptop), file: laptop });
  });

  test('remove of the recorded key from another computer records the one that remains', async () => {
    const laptop = newKey('laptop');
    await nb(['key', 'add', 'x', `${laptop}.pub`]);
    const second = bench.secondComputer();
    await second.login();
    const there = { environment: { NUBES_NB_NOTEBOOK_KEY_FILE: laptop } };
    const { code } = await second.nb(['key', 'remove', 'x', fingerprintOf(own)], there);
    expect(code).toBe(0);
    const shown = JSON.parse((await second.nb('show x --json', there)).stdout);
    expect(shown.sshKey).toMatchObject({ fingerprint: fingerprintOf(laptop), file: laptop });
  });

  test('remove of the last key leaves none recorded, here and in Nova', async () => {
    expect((await nb(['key', 'remove', 'x', `${own}.pub`, '--force'])).code).toBe(0);
    const shown = JSON.parse((await bench.nb('show x --json')).stdout);
    expect(shown.sshKey).toMatchObject({ fingerprint: null, file: null });
  });

  test('a key that is removed while Nova fails costs a warning', async () => {
    const request = { service: 'Nova', method: 'DELETE', path: /\/metadata\// } as const;
    bench.sandbox.cloud.faults.next(request, 'conflict', { times: 9 });
    const { code, stderr } = await nb(['key', 'remove', 'x', `${own}.pub`, '--force']);
    expect(stderr).toContain('warning: the VM no longer has the key, but Nova still names it: ');
    expect(code).toBe(0);
  });

  test('a comment of two keys, an unknown key and a private key are refused', async () => {
    for (const name of ['one', 'two']) {
      await nb(['key', 'add', 'x', `${newKey(name, 'same')}.pub`]);
    }
    const twice = await nb('key remove x same');
    expect(twice.stderr).toContain(
      'error: 2 keys of x have that comment.\nhint: use the fingerprint of one: SHA256:',
    );
    expect(twice.code).toBe(6);
    expect((await nb('key remove x nobody')).code).toBe(3);
    const secret = await nb(['key', 'add', 'x', newKey('one')]);
    expect(secret.stderr).toContain('is a private key, which only its owner may have.');
    expect(secret.code).toBe(2);
  });

  test('a file that cannot be written is reported and unchanged', async () => {
    const before = await keysNow();
    await nb('exec x -- mkdir .ssh/authorized_keys.new');
    const { code, stderr } = await nb(['key', 'add', 'x', `${newKey('laptop')}.pub`]);
    expect(stderr).toContain('error: The keys of x are unchanged: ');
    expect(code).toBe(9);
    expect(await keysNow()).toBe(before);
  });

  test('a link in the place of the file stays a link', async () => {
    await nb([
      'exec',
      'x',
      '--',
      'sh',
      '-c',
      'mv .ssh/authorized_keys keys && ln -s ../keys .ssh/authorized_keys',
    ]);
    expect((await nb(['key', 'add', 'x', `${newKey('laptop')}.pub`])).code).toBe(0);
    expect((await nb('exec x -- readlink .ssh/authorized_keys')).stdout).toBe('../keys\n');
    expect(await list()).toHaveLength(2);
  });

  test('a stopped notebook exits 6', async () => {
    await nb('stop x');
    expect((await nb('key list x')).code).toBe(6);
  });
});
