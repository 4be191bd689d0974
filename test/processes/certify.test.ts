import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directAccess, siteFile, visit } from '../support/https.ts';
import { itemsIn } from '../support/items.ts';
import { hasSsh, ownKey } from '../support/ssh.ts';
import { type CallOptions, sharedBench } from '../support/workbench.ts';

const bench = await sharedBench();
const direct = { ...ownKey(bench), ...directAccess };

const nb = (
  words: string | readonly string[],
  environment: Record<string, string> = {},
  options: CallOptions = {},
) => bench.nb(words, { ...options, environment: { ...direct, ...environment } });

const certified = (name?: string, passphrase?: string) => siteFile(bench, name, passphrase);
const liveServers = () => bench.sandbox.cloud.servers.size;

describe.runIf(hasSsh)('with a site’s certificate', () => {
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
