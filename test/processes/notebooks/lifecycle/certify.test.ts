import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directAccess, sanitize, siteFile, visit } from '../../../support/https.ts';
import { itemsIn } from '../../../support/items.ts';
import { fakeSsh, hasSsh, ownKey } from '../../../support/ssh.ts';
import { addNotebook, type CallOptions, sharedBench } from '../../../support/workbench.ts';

const bench = await sharedBench();
const direct = { ...ownKey(bench), ...directAccess };

const nb = (
  words: string | readonly string[],
  environment: Record<string, string> = {},
  options: CallOptions = {},
) => bench.nb(words, { ...options, environment: { ...direct, ...environment } });

/** A fake ssh that runs these lines to install a certificate, and opens no connection to Jupyter. */
const installingSsh = (lines: string) => fakeSsh(bench, `[ "$1" != -W ] || exit 255\n${lines}`);
const certified = (name?: string, passphrase?: string) => siteFile(bench, name, passphrase);
const liveServers = () => bench.sandbox.cloud.servers.size;
const server = () => [...bench.sandbox.cloud.servers.values()][0];

describe.runIf(hasSsh)('with a site’s certificate', () => {
  test("create installs the site's certificate over ssh and reports it", async () => {
    const { sha256, variables } = await certified();
    const { code, stdout, stderr } = await nb('create x --json', variables);
    const { url, status, certificate } = JSON.parse(stdout);
    expect([code, status, certificate]).toEqual([0, 'ready', { sha256, selfSigned: false }]);
    expect(await visit(url)).toEqual({ status: 200, sha256 });
    expect(stderr).toMatch(/the certificate is for nb\.example\.org, not for 127\.\S+: browsers/);
    const shown = await nb('show x');
    expect(shown.stdout).toContain("your site's certificate, SHA-256 ");
    expect(sanitize(/SHA-256 (\S+)/.exec(shown.stdout)?.[1] ?? '')).toBe(sha256);
  });

  test('create does not warn of a site certificate that matches notebook.host_template', async () => {
    const { variables } = await certified('*.example.org');
    const { stdout, stderr } = await nb('create x', {
      ...variables,
      NUBES_NB_NOTEBOOK_HOST_TEMPLATE: '{ip-dashed}.example.org',
      ...installingSsh('exec cat > /dev/null').environment,
    });
    expect(stderr).toContain('certificate: for *.example.org');
    expect(stderr).not.toContain('browsers will warn');
    expect(stdout).not.toContain('self-signed');
  });

  test('a site certificate survives a stop, and certify replaces it', async () => {
    const { sha256, variables } = await certified();
    const { url } = JSON.parse((await nb('create x --json', variables)).stdout);
    await nb('stop x');
    await nb('start x');
    expect((await visit(url)).sha256).toBe(sha256);
    const next = await certified('next.example.org');
    const { code, stdout } = await nb('certify x', next.variables);
    expect([code, stdout]).toEqual([0, 'x uses the certificate for next.example.org.\n']);
    expect((await visit(url)).sha256).toBe(next.sha256);
    expect(JSON.parse((await nb('show x --json')).stdout).certificate).toEqual({
      sha256: next.sha256,
      selfSigned: false,
    });
  });

  test('apply --dry-run does not ask for the passphrase of a certificate', async () => {
    const { variables } = await certified('*.example.org', 'hush');
    const { code, stdout } = await nb('create a b --dry-run', variables);
    expect([code, stdout]).toEqual([0, expect.stringContaining('+ create  a')]);
  });

  test('create --from - refuses --passphrase-stdin', async () => {
    const { variables } = await certified('*.example.org', 'hush');
    const { code, stderr } = await nb('create --from - --passphrase-stdin', variables, {
      stdin: 'hush\na\n',
    });
    expect(stderr).toContain('error: --from - and --passphrase-stdin cannot both read stdin.');
    expect([code, liveServers()]).toEqual([2, 0]);
  });

  test('create --passphrase-stdin opens an encrypted certificate key', async () => {
    const { variables } = await certified('nb.example.org', 'hush hush');
    const { code } = await nb('create x --passphrase-stdin', variables, { stdin: 'hush hush\n' });
    expect(code).toBe(0);
  });

  test("the certificate's key and passphrase are not in Nova, files, argv or variables", async () => {
    const { key, variables } = await certified('nb.example.org', 'hush hush');
    const ssh = fakeSsh(bench, 'exec /usr/bin/ssh "$@"');
    const seen = await nb(
      'create x --passphrase-stdin --debug',
      { ...variables, ...ssh.environment },
      { stdin: 'hush hush\n' },
    );
    expect(seen.code).toBe(0);
    const secret = key.split('\n')[2] ?? '';
    expect(secret.length).toBeGreaterThan(30);
    const { userData = '', metadata } = server() ?? {};
    const state = readdirSync(bench.stateFolder)
      .map((name) => readFileSync(join(bench.stateFolder, name), 'utf8'))
      .join('\n');
    const places = {
      nova: Buffer.from(userData, 'base64').toString() + JSON.stringify(metadata),
      state,
      argv: ssh.calls().flat().join('\n'),
      variables: ssh.variables(),
      screen: seen.stdout + seen.stderr,
    };
    for (const [place, text] of Object.entries(places)) {
      expect([place, text.length > 10, text.includes(secret), /hush/.test(text)]).toEqual([
        place,
        true,
        false,
        false,
      ]);
    }
  });
});

describe('a certificate that cannot be used ends create before anything is made:', () => {
  const made = () => bench.sandbox.cloud.servers.size;

  test('create with an encrypted certificate key and no terminal makes no VM', async () => {
    const { file, variables } = await certified('nb.example.org', 'hush');
    const { code, stderr } = await nb('create x', variables);
    expect(stderr).toContain(
      `error: The key file ${file} is encrypted and no passphrase was given.\nhint: run the command in a terminal, or pipe the passphrase in with --passphrase-stdin\n`,
    );
    expect([code, made()]).toEqual([11, 0]);
  });

  test('create with a wrong passphrase makes no VM', async () => {
    const { file, variables } = await certified('nb.example.org', 'hush');
    const { code, stderr } = await nb('create x --passphrase-stdin', variables, { stdin: 'x\n' });
    expect(stderr).toContain(`error: The passphrase does not open ${file}.`);
    expect([code, made()]).toEqual([11, 0]);
  });

  test('create --passphrase-stdin without a certificate makes no VM', async () => {
    const { code, stderr } = await nb('create x --passphrase-stdin', {}, { stdin: 'x\n' });
    expect(stderr).toContain('--passphrase-stdin is for notebook.certificate, which is not set.');
    expect([code, made()]).toEqual([2, 0]);
  });

  test('create with a missing certificate file makes no VM', async () => {
    const { code, stderr } = await nb('create x', { NUBES_NB_NOTEBOOK_CERTIFICATE: '/none.pem' });
    expect(stderr).toContain('error: The file /none.pem cannot be read: there is no such file.');
    expect([code, made()]).toEqual([11, 0]);
  });

  test('create interrupted at the passphrase prompt makes no VM', async () => {
    const { variables } = await certified('nb.example.org', 'hush');
    const { code, stderr } = await nb('create x', variables, {
      terminal: 80,
      answers: [['Passphrase of', '\x03']],
    });
    expect(stderr).toContain('Cancelled.');
    expect([code, made()]).toEqual([130, 0]);
  });
});

test('create on a terminal asks for the passphrase again if it is wrong', async () => {
  const { variables } = await certified('nb.example.org', 'hush');
  // Without a wait: its look-ups and checks over ssh took longer than the time limit on a busy computer.
  const { code, stderr } = await nb('create x --no-wait', variables, {
    terminal: 80,
    answers: [
      ['Passphrase of', 'wrong\r'],
      ['That passphrase does not open the key', ''],
      ['Passphrase of', 'hush\r'],
    ],
  });
  expect(stderr).toContain('x uses a self-signed certificate until nubes-nb certify x is run.');
  expect(stderr).not.toMatch(/wrong|hush/);
  expect(code).toBe(0);
});

describe('a certificate that does not get there', () => {
  test.each([
    ['77', 5, 'Your account on x may not restart Jupyter', 'nubes-nb restart x'],
    ['79', 9, 'Jupyter on x did not start with the certificate', 'nubes-nb logs x'],
    [
      '81',
      9,
      'Jupyter on x is down: it started neither with the certificate nor',
      'nubes-nb restart x',
    ],
    [
      '76',
      9,
      'The certificate could not be written on x: it arrived incomplete',
      'nubes-nb exec x',
    ],
    [
      '75',
      11,
      'The TLS library of Jupyter on x rejects the certificate',
      'ask your certificate authority',
    ],
    ['5', 9, 'Jupyter on x could not be restarted: exit code 5.', 'nubes-nb restart x'],
  ])(
    'create whose certificate installation ends with code %s exits %s, prints the notebook and says: %s',
    async (exit, local, why, hint) => {
      const { variables } = await certified();
      const ssh = installingSsh(`cat > /dev/null; exit ${exit}`);
      const { code, stdout, stderr } = await nb('create x', { ...variables, ...ssh.environment });
      expect(stdout).toMatch(/^x is ready \(\d+s\)\n/);
      expect(stdout).toContain('self-signed certificate');
      expect(stderr).toContain(`error: ${why}`);
      expect(stderr).toContain(`hint: ${hint}`);
      expect(code).toBe(local);
    },
  );

  test.each([
    ['forbidden', 5, 'ask your cloud team which role permits it, then '],
    ['internal-error', 9, ''],
  ] as const)(
    'certify that Nova refuses to record (%s) exits %i, says what the VM has, and stores it here',
    async (fault, exit, hint) => {
      await nb('create x');
      const { sha256, variables } = await certified();
      const ssh = installingSsh('exec cat > /dev/null');
      const written = { service: 'Nova', method: 'POST', path: /\/metadata$/ } as const;
      bench.sandbox.cloud.faults.next(written, fault, { times: 9 });
      const { code, stderr } = await nb('certify x', { ...variables, ...ssh.environment });
      expect(stderr).toContain(
        'error: Jupyter on x uses the certificate for nb.example.org, but Nova has not confirmed that it recorded this: Nova ',
      );
      expect(stderr).toContain(`hint: ${hint}nubes-nb certify x (restarts Jupyter again)`);
      expect(code).toBe(exit);
      const known = readFileSync(join(bench.stateFolder, 'certificates.json'), 'utf8');
      expect(known).toContain(sha256);
    },
  );

  test('certify sends no certificate to a VM without a verified host key', async () => {
    const { variables } = await certified();
    // A VM of addNotebook prints nothing on its console.
    const { id } = addNotebook(bench, 'x', { metadata: { 'nubes-nb:access': 'direct' } });
    const ssh = installingSsh('exec cat > /dev/null');
    mkdirSync(bench.stateFolder, { recursive: true });
    writeFileSync(join(bench.stateFolder, 'known_hosts'), `nubes-nb-${id} ssh-ed25519 AAAA\n`);
    const { code, stderr } = await nb('certify x', { ...variables, ...ssh.environment });
    expect(stderr).toContain(
      "The VM of x has not printed its host key on the console, so the certificate's private key was not sent.",
    );
    expect([code, ssh.calls()]).toEqual([9, []]);
  });
});

describe('certify', () => {
  test('certify without a certificate in the settings exits 11', async () => {
    const { code, stderr } = await nb('certify x');
    expect(stderr).toContain('error: notebook.certificate is not set.');
    expect(code).toBe(11);
  });

  test('certify of a tunnel notebook exits 6', async () => {
    const { variables } = await certified();
    await bench.nb('create t');
    const { code, stderr } = await nb('certify t', variables);
    expect(stderr).toContain('error: t is reached through a tunnel, which needs no certificate.');
    expect(code).toBe(6);
  });

  test('certify of a stopped notebook exits 6 and names start', async () => {
    const { variables } = await certified();
    await nb('create x');
    await nb('stop x');
    const { code, stderr } = await nb('certify x', variables);
    expect(stderr).toContain('nubes-nb start x');
    expect(code).toBe(6);
  });
});

describe.runIf(hasSsh)('certify of several notebooks', () => {
  test('certify installs a certificate on several notebooks by name, list and label', async () => {
    await nb('create a b --label course=lpd --no-wait');
    await nb('create c --access tunnel --no-wait');
    await nb('wait a b c -q');
    const { sha256, variables } = await certified('first.example.org', 'hush');
    const named = await nb('certify a b c --json --passphrase-stdin', variables, {
      stdin: 'hush\n',
    });
    const results = itemsIn(named).map(({ name, result, error }) => [name, result, error?.code]);
    expect(results.sort()).toEqual([
      ['a', 'started', undefined],
      ['b', 'started', undefined],
      ['c', 'failed', 'WRONG_STATE'],
    ]);
    expect(named.code).toBe(10);
    const urls = itemsIn(await nb('show a b --json')).map(({ url }) => url ?? '');
    for (const url of urls) expect((await visit(url)).sha256).toBe(sha256);
    const next = await certified('next.example.org');
    const planned = await nb('certify --all --dry-run', next.variables);
    expect(planned.stdout).toMatch(/^~ certify a .*\n~ certify b .*\n$/);
    for (const url of urls) expect((await visit(url)).sha256).toBe(sha256);
    expect((await nb('certify --label course=lpd', next.variables)).code).toBe(2);
    const renewed = await nb('certify --label course=lpd --yes --concurrency 1', next.variables);
    expect([renewed.code, renewed.stdout.match(/ uses the certificate for next/g)?.length]).toEqual(
      [0, 2],
    );
    for (const url of urls) expect((await visit(url)).sha256).toBe(next.sha256);
    const listed = await nb('certify --from - -q', next.variables, { stdin: 'b\n# c\n' });
    expect([listed.code, listed.stdout]).toEqual([0, 'b\n']);
    const both = await nb('certify --from - --passphrase-stdin', next.variables, { stdin: 'a\n' });
    expect(both.stderr).toContain('--from - and --passphrase-stdin cannot both read stdin');
  });

  test('apply installs a certificate on each notebook and reads one passphrase', async () => {
    const { sha256, variables } = await certified('*.example.org', 'hush');
    writeFileSync(join(bench.home, 'class.yaml'), 'notebooks: [{names: [a, b]}]');
    const locked = await nb('apply -f class.yaml --yes', variables);
    expect([locked.code, liveServers()]).toEqual([11, 0]);
    const { code, stdout } = await nb(
      'apply -f class.yaml --yes --passphrase-stdin --json',
      variables,
      { stdin: 'hush\n' },
    );
    const items = itemsIn({ stdout });
    expect([code, items.map(({ result }) => result)]).toEqual([0, ['created', 'created']]);
    for (const { url } of items) expect((await visit(url ?? '')).sha256).toBe(sha256);
  });

  test('create --no-wait names certify, which installs the certificate', async () => {
    const { sha256, variables } = await certified();
    const { stderr } = await nb('create x --no-wait', variables);
    expect(stderr).toContain(
      'warning: x uses a self-signed certificate until nubes-nb certify x is run.',
    );
    await nb('wait x');
    expect(JSON.parse((await nb('show x --json')).stdout).certificate.selfSigned).toBe(true);
    expect((await nb('certify x', variables)).code).toBe(0);
    const { url, certificate } = JSON.parse((await nb('show x --json')).stdout);
    expect(certificate).toEqual({ sha256, selfSigned: false });
    expect((await visit(url)).sha256).toBe(sha256);
  });
});

describe.runIf(hasSsh)('a certificate that Jupyter does not come up with', () => {
  /** Replaces a program of the VM, which is then called NAME.real. */
  const standIn = async (name: string, lines: string) => {
    const { stdout } = await nb(['exec', 'x', '--', 'pwd']);
    const file = join(stdout.trim(), '..', '..', 'bin', name);
    if (existsSync(file)) renameSync(file, `${file}.real`);
    writeFileSync(file, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  };
  const old = async () => JSON.parse((await nb('create x --json')).stdout);

  test('certify leaves Jupyter alone if its TLS library refuses the certificate', async () => {
    const { url, certificate } = await old();
    await standIn('python3', 'echo "[SSL: EE_KEY_TOO_SMALL] ee key too small" >&2; exit 75');
    const { code, stderr } = await nb('certify x', (await certified()).variables);
    expect(stderr).toContain(
      'error: The TLS library of Jupyter on x rejects the certificate, which was not installed: [SSL: EE_KEY_TOO_SMALL] ee key too small.',
    );
    expect(code).toBe(11);
    expect(await visit(url)).toEqual({ status: 200, sha256: certificate.sha256 });
  });

  test('certify restores the old certificate as soon as Jupyter exits with the new one', async () => {
    const { url, certificate } = await old();
    // The first start's process is gone at the second poll; the next start is the VM's own.
    await standIn(
      'systemctl',
      `C="\${0%/*}/looks"; echo x >> "$C"
case $(wc -l < "$C") in 1 | 2) exec "$0.real" "$@" ;; 3) echo 999999 ;; 4) echo 0 ;; *) exec "$0.real" "$@" ;; esac`,
    );
    await standIn('curl', `[ $(wc -l < "\${0%/*}/looks") = 3 ] && exit 7\nexec "$0.real" "$@"`);
    const began = Date.now();
    const { code, stderr } = await nb('certify x', (await certified()).variables);
    expect(stderr).toContain(
      'error: Jupyter on x did not start with the certificate, which was undone',
    );
    expect([code, Date.now() - began < 8_000]).toEqual([9, true]);
    expect(await visit(url)).toEqual({ status: 200, sha256: certificate.sha256 });
  });
});
