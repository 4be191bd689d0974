import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fakeSsh, hasSsh, ownKey } from '../../support/ssh.ts';
import { addNotebook, type Workbench, workbench } from '../../support/workbench.ts';

let bench: Workbench;
let key: Record<string, string>;
beforeAll(async () => {
  bench = await workbench({ ldap: false });
  await bench.login();
  key = ownKey(bench);
  await bench.nb('create x', { environment: key });
});
afterAll(() => bench.close());

const nb = (words: readonly string[], more: Record<string, string> = {}, stdin?: string) =>
  bench.nb(words, {
    environment: { ...key, ...more },
    ...(stdin === undefined ? {} : { stdin }),
  });
/** Without ssh every command exits 11. */
const orNoSsh = <Claim>(claim: Claim) => (hasSsh ? claim : { code: 11, stdout: '' });

describe('with the system’s ssh', () => {
  test('exec passes words, input, output and exit code through', async () => {
    const words = ['a  b', "it's", '$HOME', '*', '-n', ''];
    const seen = await nb(['exec', 'x', '--', 'printf', '[%s]', ...words]);
    expect(seen).toMatchObject(
      orNoSsh({ code: 0, stdout: words.map((word) => `[${word}]`).join(''), stderr: '' }),
    );
    expect(
      await nb(['exec', 'x', '--', 'sh', '-c', 'cat; echo no >&2; exit 7'], {}, 'in'),
    ).toMatchObject(orNoSsh({ code: 7, stdout: 'in', stderr: 'no\n' }));
  });

  test.each(['exec', 'ssh'])('%s --json leaves stdout to the program', async (command) => {
    const words = [command, 'x', '--json', '--', 'echo', '[1]'];
    const seen = await nb(words);
    expect(seen).toMatchObject(orNoSsh({ code: 0, stdout: '[1]\n', stderr: '' }));
  });

  test('ssh runs its arguments in the shell of the VM', async () => {
    expect(await nb(['ssh', 'x', '--', 'echo $USER | tr a-z A-Z'])).toMatchObject(
      orNoSsh({ code: 0, stdout: 'ALICE\n' }),
    );
  });

  test('exec of a command that exits with 255 adds no error', async () => {
    expect(await nb(['exec', 'x', '--', 'sh', '-c', 'echo why >&2; exit 255'])).toEqual(
      hasSsh ? { code: 255, stdout: '', stderr: 'why\n' } : expect.objectContaining({ code: 11 }),
    );
  });

  test('exec with a key that the VM does not know exits 255 and says that sshd refuses it', async () => {
    // The first computer has recorded the key of its notebook.
    const other = bench.secondComputer();
    await other.login();
    const words = ['exec', 'x', '--', 'true'];
    const { code, stderr } = await other.nb(words, { environment: ownKey(other) });
    expect(stderr).toContain(
      hasSsh ? 'sshd of x accepts none of your SSH keys' : 'There is no ssh',
    );
    expect(code).toBe(hasSsh ? 255 : 11);
  });
});

test.each([
  ['exec x -- true', 255],
  ['logs x --source jupyter', 11],
  ['tunnel x', 11],
])('a failure of ssh -G is the reason of %s if ssh has given none', async (words, exit) => {
  const { environment } = fakeSsh(bench, 'exit 255', { fault: 'Strange words.' });
  const { code, stderr } = await nb(words.split(' '), environment);
  expect(stderr).toContain('error: ssh cannot use its configuration: Strange words.\n');
  expect(code).toBe(exit);
});

describe('what ssh is called with', () => {
  const destination = /^alice@127\.\d+\.\d+\.\d+$/;

  test('exec calls ssh with the pinned host key, only the configured key, and `--` before the host', async () => {
    const { id } = JSON.parse((await bench.nb('show x --json')).stdout);
    const ssh = fakeSsh(bench, 'exit 3');
    expect((await nb(['exec', 'x', '--', '-v', 'a b'], ssh.environment)).code).toBe(3);
    const [words = []] = ssh.calls();
    expect(words).toContain(`HostKeyAlias=nubes-nb-${id}`);
    expect(words).toContain('StrictHostKeyChecking=yes');
    expect(words).toContain('IdentitiesOnly=yes');
    expect(words).toContain(`IdentityFile="${key['NUBES_NB_NOTEBOOK_KEY_FILE']}"`);
    expect(words).not.toContain('BatchMode=yes');
    expect(words.slice(-3)).toEqual(['--', expect.stringMatching(destination), "-v 'a b'"]);
  });

  test('exec passes no NUBES_NB variable to ssh', async () => {
    const ssh = fakeSsh(bench, 'exit 0');
    await nb(['ssh', 'x'], {
      ...ssh.environment,
      NUBES_NB_LDAP_SEARCH_PASSWORD: 'hidden-one',
      OS_PASSWORD: 'hidden-two',
      SSH_AUTH_SOCK: '/agent',
    });
    expect(ssh.variables()).toContain('SSH_AUTH_SOCK=/agent');
    expect(ssh.variables()).not.toContain('SSH_ASKPASS');
    expect(ssh.variables()).not.toMatch(/hidden|NUBES_NB_|OS_PASSWORD/);
  });

  test('exec --no-input sets BatchMode, and -t requests a terminal', async () => {
    const ssh = fakeSsh(bench, 'exit 0');
    await nb(['exec', '-t', 'x', '--no-input', '--', 'top'], ssh.environment);
    expect(ssh.calls()[0]).toContain('BatchMode=yes');
    expect(ssh.calls()[0]?.[0]).toBe('-t');
    // The ssh of a jump host does not get BatchMode.
    expect(ssh.variables()).toContain('SSH_ASKPASS_REQUIRE=force');
  });

  test('exec without a known host key uses accept-new and warns', async () => {
    addNotebook(bench, 'unheard');
    const ssh = fakeSsh(bench, 'exit 0');
    const { stderr } = await nb(['ssh', 'unheard'], ssh.environment);
    expect(stderr).toContain(
      'the host key of unheard is unknown; ssh trusts the first one that it receives.',
    );
    expect(ssh.calls()[0]).toContain('StrictHostKeyChecking=accept-new');
  });
});

describe('what does not work says why', () => {
  test('exec without ssh on the PATH exits 11 and names OpenSSH', async () => {
    const { code, stderr } = await nb(['ssh', 'x'], { PATH: bench.home });
    expect(stderr).toContain('There is no ssh on the PATH.');
    expect(stderr).toContain('install OpenSSH');
    expect(code).toBe(11);
  });

  test('exec exits 255 and says that nothing listens at the port', async () => {
    const ssh = fakeSsh(bench, 'exit 255');
    const { code, stderr } = await nb(['exec', 'x', '--', 'true'], {
      ...ssh.environment,
      NUBES_NB_NOTEBOOK_SSH_PORT: '1',
    });
    expect(stderr).toMatch(/refuses connections to 127\.[\d.]+:1: sshd is not running/);
    expect(code).toBe(255);
  });

  test('ssh to a stopped notebook exits 6 and names start', async () => {
    addNotebook(bench, 'off', { status: 'SHUTOFF' });
    const { code, stderr } = await nb(['ssh', 'off']);
    expect(stderr).toContain('hint: nubes-nb start off');
    expect(code).toBe(6);
  });

  test('exec without a program is a usage error', async () => {
    expect((await nb(['exec', 'x'])).code).toBe(2);
  });
});
