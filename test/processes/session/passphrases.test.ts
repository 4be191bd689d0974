import { describe, expect, test } from 'vitest';
import { directAccess, siteFile } from '../../support/https.ts';
import { fakeSsh, ownKey } from '../../support/ssh.ts';
import { type CallOptions, sharedBench } from '../../support/workbench.ts';

const bench = await sharedBench();

const certified = (name: string, passphrase: string) => siteFile(bench, name, passphrase);
const nb = (words: string, environment: Record<string, string>, options: CallOptions) =>
  bench.nb(words, {
    ...options,
    environment: {
      ...ownKey(bench),
      ...directAccess,
      ...environment,
    },
  });

describe('--keep-passphrase', () => {
  const entries = new Map<string, string>();
  const keytar = {
    getPassword: async (_service: string, account: string) => entries.get(account) ?? null,
    setPassword: async (_service: string, account: string, secret: string) => {
      entries.set(account, secret);
    },
    deletePassword: async (_service: string, account: string) => entries.delete(account),
  };
  const inKeychain = { keytar, environment: { NUBES_NB_SESSION_STORE: 'keychain' } };
  /** Logs in with the keychain, and fakes an ssh that discards its input. */
  const ready = async (variables: Record<string, string>) => {
    entries.clear();
    const password = bench.sandbox.people.find(({ name }) => name === 'alice')?.password;
    await bench.nb('login -u alice --project jupyter-notebooks --password-stdin', {
      ...inKeychain,
      stdin: `${password}\n`,
    });
    const environment = {
      ...variables,
      ...inKeychain.environment,
      ...fakeSsh(bench, 'exec cat > /dev/null').environment,
    };
    return (words: string, stdin?: string) =>
      nb(words, environment, { keytar, ...(stdin === undefined ? {} : { stdin }) });
  };

  test('--keep-passphrase stores it in the keychain, where the next command finds it', async () => {
    const { variables } = await certified('nb.example.org', 'hush');
    const run = await ready(variables);
    const first = await run('create x --passphrase-stdin --keep-passphrase', 'hush\n');
    expect(first.code).toBe(0);
    expect([...entries.values()]).toContain('hush');
    expect((await run('certify x')).code).toBe(0);
  });

  test('--keep-passphrase stores no wrong passphrase, and replaces an outdated one', async () => {
    const { file, variables } = await certified('nb.example.org', 'hush');
    const run = await ready(variables);
    const wrong = await run('create x --passphrase-stdin --keep-passphrase', 'x\n');
    expect([wrong.code, [...entries.values()].includes('x')]).toEqual([11, false]);
    await run('create x --passphrase-stdin --keep-passphrase', 'hush\n');
    await certified('nb.example.org', 'new');
    const { code, stderr } = await run('certify x');
    expect(stderr).toContain(`The passphrase does not open ${file}.`);
    expect(code).toBe(11);
    expect((await run('certify x --passphrase-stdin --keep-passphrase', 'new\n')).code).toBe(0);
    expect([...entries.values()]).toContain('new');
  });

  test('--keep-passphrase is refused with the file store', async () => {
    const { variables } = await certified('nb.example.org', 'hush');
    const { code, stderr } = await nb('create x --passphrase-stdin --keep-passphrase', variables, {
      stdin: 'hush\n',
    });
    expect(stderr).toContain('error: Passphrases are stored in the keychain only.');
    expect(code).toBe(11);
  });
});
