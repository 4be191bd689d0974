import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseConsoleLog } from '../../../src/notebooks/console/log.ts';
import { certificateScript } from '../../../src/notebooks/first-boot/certificate.ts';
import { cloudConfig, userData } from '../../../src/notebooks/first-boot/cloud-config.ts';
import { jupyterConfig, jupyterUnit } from '../../../src/notebooks/first-boot/jupyter.ts';
import { readyScript } from '../../../src/notebooks/first-boot/ready-script.ts';
import { boot } from '../../support/first-boot.ts';

test('userData is base64 of #cloud-config and JSON', () => {
  const [first, ...rest] = Buffer.from(userData(boot), 'base64').toString().split('\n');
  expect(first).toBe('#cloud-config');
  expect(JSON.parse(rest.join('\n'))).toEqual(JSON.parse(JSON.stringify(cloudConfig(boot))));
});

test('userData above 16 KiB is gzipped', () => {
  const keys = Array.from({ length: 60 }, (_, index) => `ssh-rsa ${'A'.repeat(400)} admin${index}`);
  const bytes = Buffer.from(userData({ ...boot, adminKeys: keys }), 'base64');
  expect(gunzipSync(bytes).toString()).toContain('admin59');
});

test('userData above Nova’s limit throws an error with the limit', () => {
  const noise = () => Math.random().toString(36).slice(2);
  const keys = Array.from({ length: 9_000 }, () => `ssh-rsa ${noise()}${noise()}`);
  expect(() => userData({ ...boot, adminKeys: keys })).toThrow(/Nova accepts 65535/);
});

test('cloudConfig without keys contains no empty list of them, which cloud-init rejects', () => {
  const { users } = cloudConfig({ ...boot, userKeys: [] });
  expect(users).toEqual([{ name: 'alice', shell: '/bin/bash', lock_passwd: true }]);
});

test('cloudConfig for an image that creates the account itself names neither the account nor its group', () => {
  const sanitize = { ...boot, ownAccount: false };
  expect(cloudConfig(sanitize)).not.toHaveProperty('users');
  expect(cloudConfig({ ...sanitize, adminKeys: ['ssh-ed25519 BBBB staff'] })['users']).toEqual([
    'default',
    expect.objectContaining({ name: 'nubes-admin' }),
  ]);
  expect(JSON.stringify(cloudConfig(sanitize))).not.toContain('root:alice');
  expect(jupyterUnit(sanitize)).not.toMatch(/-[og] alice/);
});

test('cloudConfig gives the site’s staff an account of their own, with sudo', () => {
  const { users } = cloudConfig({ ...boot, adminKeys: ['ssh-ed25519 BBBB staff'] });
  expect(users).toContainEqual({
    name: 'nubes-admin',
    shell: '/bin/bash',
    lock_passwd: true,
    ssh_authorized_keys: ['ssh-ed25519 BBBB staff'],
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
  });
});

test('jupyterConfig listens on loopback, on one port, and contains only the digest of the token', () => {
  const config = jupyterConfig(boot);
  expect(config).toContain('c.ServerApp.ip = "127.0.0.1"');
  expect(config).toContain('c.ServerApp.port_retries = 0');
  expect(config).toContain(`"/home/alice/.nubes-nb/token.sha256") or "${boot.tokenDigest}"`);
  expect(config).toContain('c.ServerApp.identity_provider_class = HashedTokenIdentityProvider');
});

test('an idle time-out culls kernels and terminals too, and powers off only after Jupyter’s own exit', () => {
  const idle = { ...boot, idleSeconds: 3600 };
  expect(jupyterConfig(idle)).toContain('c.MappingKernelManager.cull_connected = True');
  expect(jupyterConfig(idle)).toContain('c.ServerApp.shutdown_no_activity_timeout = 3600');
  expect(jupyterUnit(idle)).toContain('ExecStopPost=+/bin/sh /etc/nubes/stopped.sh');
  expect(jupyterUnit(boot)).not.toContain('ExecStopPost');
});

test('jupyterUnit escapes the folder and the command for systemd', () => {
  const unit = jupyterUnit({ ...boot, folder: 'a "b" 50% $HOME', command: 'jupyter-lab --x=%d' });
  expect(unit).toContain(' "/home/alice/a \\"b\\" 50%% $$HOME"\n');
  expect(unit).toContain('/usr/bin/env jupyter-lab --x=%%d --config=');
});

test.each([
  boot,
  { ...boot, ownAccount: false },
  { ...boot, guests: [{ name: 'anna', digest: 'cd'.repeat(32) }], direct: true, idleSeconds: 60 },
])('root opens no path of the account’s home, where a link can lead anywhere (%#)', (each) => {
  const asRoot = jupyterUnit(each)
    .split('\n')
    .filter((line) => /^Exec\w+=[-@:]*[+!]/.test(line));
  expect(asRoot.length).toBeGreaterThan(0);
  expect(asRoot.filter((line) => line.includes('/home/'))).toEqual([]);
});

test('the account makes the folders of jupyterUnit, and keeps a notebook folder that is there', () => {
  const home = mkdtempSync(join(tmpdir(), 'nubes-first-boot-'));
  const run = () =>
    [...jupyterUnit(boot).matchAll(/^ExecStartPre=(\/.*)$/gm)].map(
      ([, line = '']) =>
        spawnSync('sh', ['-c', `umask 077; ${line.replaceAll('/home/alice', home)}`]).status,
    );
  expect([run(), run()]).toEqual([
    [0, 0],
    [0, 0],
  ]);
  const mode = (path: string) => statSync(join(home, path)).mode & 0o777;
  expect([mode('notebooks'), mode('.nubes-nb')]).toEqual([0o750, 0o700]);
  chmodSync(join(home, 'notebooks'), 0o777);
  run();
  expect(mode('notebooks')).toBe(0o777);
  rmSync(home, { recursive: true });
});

/** Runs a script with stand-ins for some programs; how it ends, and what it leaves on the console. */
function runScript(
  script: string,
  programs: Readonly<Record<string, string>>,
): { readonly status: number | null; readonly said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-first-boot-'));
  const console = join(folder, 'console');
  writeFileSync(console, '');
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const file = join(folder, 'script.sh');
  writeFileSync(file, script.replaceAll('/dev/console', console));
  const env = { PATH: `${folder}:${process.env['PATH']}`, MAINPID: '4194305' };
  const { status } = spawnSync('sh', [file], { env, timeout: 9_000 });
  const said = readFileSync(console, 'utf8');
  rmSync(folder, { recursive: true });
  return { status, said };
}

function consoleAfter(replies: { readonly curl: string; readonly systemctl: string }): string {
  const { status, said } = runScript(readyScript(boot), replies);
  expect(status).toBe(said.includes(' READY ') ? 0 : 1);
  return said;
}

function consoleAfterEnd(restarts: number, exitCode: number): string {
  const systemctl = `case $3 in NRestarts) echo ${restarts};; *) echo ${exitCode};; esac`;
  return consoleAfter({ curl: 'exit 7', systemctl });
}

test('the ready script reports a Jupyter that exits at once only at its third start', () => {
  expect(consoleAfterEnd(1, 127)).toBe('');
  expect(parseConsoleLog(consoleAfterEnd(2, 127), boot.nonce).failure).toBe(
    'the command that starts it is not there (exit code 127)',
  );
  expect(parseConsoleLog(consoleAfterEnd(2, 1), boot.nonce).failure).toBe(
    'it ends as soon as it is started (exit code 1)',
  );
});

test.each([
  ['2.15.0', undefined],
  ['1.23.3', 'it is version 1.23.3, and jupyter_server 2 or newer is needed'],
  ['6.4.13', 'it is version 6.4.13, and jupyter_server 2 or newer is needed'],
])('the ready script reports a Jupyter of version %s with the failure %s', (version, failure) => {
  const said = consoleAfter({
    curl: `printf '{"version": "${version}"} 200'`,
    systemctl: 'exit 1',
  });
  expect(parseConsoleLog(said, boot.nonce)).toMatchObject({ boot: expect.any(String), failure });
});

describe('direct access', () => {
  const direct = { ...boot, direct: true, hostTemplate: 'host-{ip-dashed}.example.org' };

  test('jupyterConfig for direct access listens on IPv4 and IPv6, by https, under any host name', () => {
    const config = jupyterConfig(direct);
    expect(config).toContain('c.ServerApp.ip = "*"');
    expect(config).toContain('c.ServerApp.certfile = "/home/alice/.config/nubes-nb/jupyter.pem"');
    expect(config).toContain('c.ServerApp.allow_remote_access = True');
    expect(config).toContain('c.ServerApp.identity_provider_class = HashedTokenIdentityProvider');
    expect(jupyterUnit(direct)).toContain('ExecStartPre=+/bin/sh /etc/nubes/certificate.sh\n');
    expect(readyScript(direct)).toContain('-k https://127.0.0.1:8888/api');
  });

  test('jupyterConfig for direct access reads the renewed digest and one certificate', () => {
    const config = jupyterConfig(direct);
    expect(config).toContain(
      `c.IdentityProvider.token = renewed("/home/alice/.nubes-nb/token.sha256") or "${boot.tokenDigest}"\n`,
    );
    expect(config.match(/^c\.ServerApp\.certfile = .*$/gm)).toHaveLength(1);
  });

  test('jupyterUnit for direct access makes the folders before the certificate', () => {
    const programs = [...jupyterUnit(direct).matchAll(/^ExecStartPre=(\S+)/gm)];
    expect(programs.map(([, program]) => program)).toEqual([
      '/bin/mkdir',
      '/usr/bin/install',
      '+/bin/sh',
    ]);
  });

  test('cloudConfig for direct access contains no private key', () => {
    expect(JSON.stringify(cloudConfig(direct))).not.toMatch(/PRIVATE KEY/);
    expect(JSON.stringify(cloudConfig(boot))).not.toMatch(/certificate|https:|0\.0\.0\.0/);
  });

  test.each(['x; reboot {ip}', '$(reboot){ip}', '-{ip}', '{x}{ip}'])(
    'certificateScript leaves the unsafe host template %s out',
    (hostTemplate) => {
      const script = certificateScript({ ...direct, hostTemplate });
      expect(script).not.toMatch(/reboot|\bD=/);
    },
  );

  const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;
  test.runIf(hasOpenssl)(
    'the certificate script makes a certificate once, for the VM’s addresses, and the ready script prints its fingerprint',
    () => {
      const home = mkdtempSync(join(tmpdir(), 'nubes-first-boot-'));
      const file = join(home, '.config/nubes-nb/jupyter.pem');
      const programs = {
        id: 'echo 1000',
        hostname: 'echo 192.0.2.7 fd00::7',
        runuser: 'shift 3; exec "$@"',
        curl: `printf '{"version": "2.15.0"} 200'`,
        systemctl: 'exit 1',
      };
      const run = (script: string) => runScript(script.replaceAll('/home/alice', home), programs);
      expect(run(certificateScript(direct)).status).toBe(0);
      const pem = readFileSync(file, 'utf8');
      const certificate = new X509Certificate(pem);
      expect(certificate.checkPrivateKey(createPrivateKey(pem))).toBe(true);
      expect(certificate.subjectAltName).toBe(
        'DNS:localhost, IP Address:127.0.0.1, IP Address:192.0.2.7, DNS:host-192-0-2-7.example.org, IP Address:FD00:0:0:0:0:0:0:7',
      );
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
      expect(run(certificateScript(direct)).status).toBe(0);
      expect(readFileSync(file, 'utf8')).toBe(pem);
      expect(parseConsoleLog(run(readyScript(direct)).said, boot.nonce)).toMatchObject({
        failure: undefined,
        certificate: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      });
      rmSync(home, { recursive: true });
    },
  );

  test('the certificate script reports a failure on the console and keeps Jupyter from starting', () => {
    const programs = {
      id: 'echo 0',
      runuser: 'echo Generating >&2; echo "openssl: not found" >&2; exit 127',
    };
    const { status, said } = runScript(certificateScript(direct), programs);
    expect(status).toBe(1);
    expect(parseConsoleLog(said, boot.nonce).failure).toBe(
      'it has no certificate (openssl: not found)',
    );
  });

  test('the certificate script prints a forged reason as one line of the console', () => {
    const programs = {
      id: 'echo 0',
      runuser: `printf '%s\\n' 'no\\nNUBES-NB READY\\\\nNUBES-NB READY\\033[31m'; exit 1`,
    };
    const { said } = runScript(certificateScript(direct), programs);
    expect(said.split('\n').filter((line) => line.startsWith('NUBES-NB'))).toHaveLength(1);
    expect(said).toContain('(no\\nNUBES-NB READY');
    expect(said).not.toContain('\u001b');
  });
});
