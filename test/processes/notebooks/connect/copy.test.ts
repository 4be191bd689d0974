import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fakeSsh, hasSsh, ownKey } from '../../../support/ssh.ts';
import { type Workbench, workbench } from '../../../support/workbench.ts';

let bench: Workbench;
let key: Record<string, string>;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  key = ownKey(bench);
  await bench.nb('create x', { environment: key });
  for (const name of ['a', 'a b']) writeFileSync(join(bench.home, name), '');
});
afterAll(() => bench.close());

const nb = (words: readonly string[], more: Record<string, string> = {}) =>
  bench.nb(words, { environment: { ...key, ...more } });

describe('with the system’s scp', () => {
  const odd = "it's a $(file) [1] *.txt";

  test('cp copies a file with an odd name to the VM and back', async () => {
    writeFileSync(join(bench.home, odd), 'hello');
    const sent = await nb(['cp', odd, 'x:']);
    if (!hasSsh) return expect(sent.code).toBe(11);
    expect(sent).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await nb(['exec', 'x', '--', 'cat', odd])).stdout).toBe('hello');
    expect((await nb(['cp', `x:~/${odd}`, 'back here'])).code).toBe(0);
    expect(readFileSync(join(bench.home, 'back here'), 'utf8')).toBe('hello');
  });

  test('cp copies a folder with its content', async () => {
    mkdirSync(join(bench.home, 'data/deep'), { recursive: true });
    writeFileSync(join(bench.home, 'data/deep/a'), '1');
    const { code } = await nb(['cp', 'data', 'x:copied']);
    if (!hasSsh) return expect(code).toBe(11);
    expect((await nb(['exec', 'x', '--', 'cat', 'copied/deep/a'])).stdout).toBe('1');
  });

  test('cp copies a file to the notebook folder of a VM that ran no command before', async () => {
    await nb(['create', 'y']);
    writeFileSync(join(bench.home, 'data.csv'), '1,2');
    const { code, stderr } = await nb(['cp', 'data.csv', 'y:notebooks/']);
    if (!hasSsh) return expect(code).toBe(11);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await nb(['exec', 'y', '--', 'cat', 'notebooks/data.csv'])).stdout).toBe('1,2');
  });

  test("cp to the account's home by its absolute path stays on the VM's disk", async () => {
    writeFileSync(join(bench.home, 'data.csv'), '3,4');
    const { code } = await nb(['cp', 'data.csv', 'x:/home/alice/data.csv']);
    if (!hasSsh) return expect(code).toBe(11);
    expect((await nb(['exec', 'x', '--', 'cat', 'data.csv'])).stdout).toBe('3,4');
    expect(existsSync('/home/alice')).toBe(false);
  });

  test('cp uses SFTP, as with a real VM', async () => {
    fakeSsh(bench, 'exec /usr/bin/ssh "$@"');
    const recorded = fakeSsh(bench, 'exec /usr/bin/scp "$@"', { program: 'scp' });
    writeFileSync(join(bench.home, 'data.csv'), '5,6');
    const { code } = await nb(['cp', 'data.csv', 'x:'], recorded.environment);
    expect(recorded.calls().map(([flags]) => flags)).toEqual(['-r']);
    if (hasSsh) expect(code).toBe(0);
  });

  test("cp of a missing file exits 3 with scp's message", async () => {
    const { code, stderr } = await nb(['cp', 'x:nothing', '.']);
    if (!hasSsh) return expect(code).toBe(11);
    expect(stderr).toMatch(/scp could not copy: .*nothing.*No such file or directory\./);
    expect(code).toBe(3);
  });
});

test("cp falls back to scp's older protocol without SFTP, and uses it at once with ssh before 9", async () => {
  fakeSsh(bench, 'exit 1');
  const scp = fakeSsh(
    bench,
    '[ "$CALL" = 1 ] && { echo "subsystem request failed on channel 0" >&2; exit 255; }; exit 0',
    { program: 'scp' },
  );
  expect((await nb(['cp', 'a b', 'x:c d'], scp.environment)).code).toBe(0);
  fakeSsh(bench, 'exit 1', { version: 'OpenSSH_for_Windows_8.1p1, LibreSSL 3.0.2' });
  expect((await nb(['cp', 'a b', 'x:c d'], scp.environment)).code).toBe(0);
  const remote = (path: string) => expect.stringMatching(new RegExp(`^alice@127[.\\d]+:${path}$`));
  expect(scp.calls().map((words) => [words[0], ...words.slice(-2)])).toEqual([
    ['-r', './a b', remote('c d')],
    ['-rO', './a b', remote('c\\\\ d')],
    ['-r', './a b', remote('c\\\\ d')],
  ]);
});

test('cp names the signal that another process has ended scp with', async () => {
  fakeSsh(bench, 'exit 1');
  const scp = fakeSsh(bench, 'kill -KILL $$', { program: 'scp' });
  const { code, stderr } = await nb(['cp', 'a', 'x:'], scp.environment);
  expect(stderr).toContain('error: scp could not copy: it was ended by SIGKILL.\n');
  expect(code).toBe(6);
});

test('cp without a connection exits 9 and names the failing hop', async () => {
  fakeSsh(bench, 'exit 1');
  const scp = fakeSsh(bench, 'echo "scp: Connection closed" >&2; exit 255', { program: 'scp' });
  const { code, stderr } = await nb(['cp', 'a', 'x:'], {
    ...scp.environment,
    NUBES_NB_NOTEBOOK_SSH_PORT: '1',
  });
  expect(stderr).toContain('The VM of x refuses connections to');
  expect(code).toBe(9);
});

test.each([
  ['two places here', ['a', 'b']],
  ['two notebooks', ['x:a', 'x:b']],
  ['a file here with a colon', ['./x:a', 'b']],
  ['a line break', ['a\nb', 'x:']],
])('cp of %s is a usage error', async (_what, places) => {
  expect((await nb(['cp', ...places])).code).toBe(2);
});
