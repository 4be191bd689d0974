import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cloudConfig } from '../../../../src/notebooks/first-boot/cloud-config.ts';
import { guestLines, guestsScript } from '../../../../src/notebooks/first-boot/guests.ts';
import { identityProvider } from '../../../../src/notebooks/first-boot/identity-provider.ts';
import { jupyterConfig, jupyterUnit } from '../../../../src/notebooks/first-boot/jupyter.ts';
import { boot } from '../../../support/first-boot.ts';

const digest = 'cd'.repeat(32);
const ed25519 = `ssh-ed25519 ${'A'.repeat(68)}`;
const guests = [
  { name: 'anna', digest, key: ed25519 },
  { name: 'bob', digest },
];

test('cloudConfig contains the guests of create, which the account copies when Jupyter first starts', () => {
  const files = JSON.stringify(cloudConfig({ ...boot, guests })['write_files']);
  expect(files).toContain(
    JSON.stringify(`anna ${digest} ${ed25519}\nbob ${digest}\n`).slice(1, -1),
  );
  const unit = jupyterUnit({ ...boot, guests });
  expect(unit).toContain(
    'ExecStartPre=-/bin/sh -c "[ -e .nubes-nb/guests ] || [ ! -e /etc/nubes/guests ] || cp /etc/nubes/guests .nubes-nb/guests"\nExecStartPre=+/bin/rm -f /etc/nubes/guests\n',
  );
  expect(jupyterUnit(boot)).not.toContain('/etc/nubes/guests');
});

const hasPython = spawnSync('python3', ['-V']).error === undefined;
test.runIf(hasPython)(
  'a request without a token is not that of a guest whose digest is of nothing',
  () => {
    const home = mkdtempSync(join(tmpdir(), 'nubes-guests-'));
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const file = join(home, 'guests');
    writeFileSync(file, `zed ${sha256('')}\nanna ${sha256('a token')}\n`);
    const marks = `
p = HashedTokenIdentityProvider()
p.token = "${sha256('of the owner')}"
print([p._mark(given) for given in (None, "", "a token", "of the owner", "other")])`;
    const stubs = `
import sys, types
for name, member in [
    ("jupyter_server.auth.identity", "PasswordIdentityProvider"),
    ("tornado.ioloop", "PeriodicCallback"), ("tornado.websocket", "WebSocketHandler"),
]:
    sys.modules[name] = types.ModuleType(name)
    setattr(sys.modules[name], member, type(member, (), {}))
for name in ("jupyter_server", "jupyter_server.auth", "tornado"):
    sys.modules[name] = types.ModuleType(name)
`;
    const input = stubs + identityProvider(file) + marks;
    const { stdout, stderr } = spawnSync('python3', ['-'], { input, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe(
      `[None, None, 'guest:anna:${sha256('a token').slice(0, 16)}:', '', None]\n`,
    );
  },
);

test('cloudConfig of an owner whose account has the guests’ name sets up no guests', () => {
  const config = JSON.stringify(cloudConfig({ ...boot, user: 'nubes-guest' }));
  expect(config).not.toContain('guests.sh');
  expect(JSON.stringify(cloudConfig(boot))).toContain('nubes-guests.path');
});

test('jupyterConfig reads the guests’ digests from the account’s home', () => {
  expect(jupyterConfig(boot)).toContain('open("/home/alice/.nubes-nb/guests", "rb")');
});

const effective = `authenticationmethods publickey
authorizedkeysfile /etc/nubes/guest_keys
authorizedkeyscommand none
trustedusercakeys none
allowtcpforwarding local
allowstreamlocalforwarding no
permitopen 127.0.0.1:8888
permittunnel no
permittty no
maxsessions 0
forcecommand /bin/false
x11forwarding no
allowagentforwarding no
pubkeyacceptedalgorithms ssh-ed25519,rsa-sha2-512`;

interface Made {
  readonly state: string;
  readonly keys: string | undefined;
  readonly options: string | undefined;
  readonly calls: string;
}

/** Runs root's script in a folder, with stand-ins for what needs root. */
function runGuestsScript(
  file: string,
  {
    sshd = effective,
    sshdTest = 0,
    folder = true,
    options = '',
    passwd = 'nubes-guest:*:999:999::/nonexistent:/usr/sbin/nologin',
  } = {},
): Made {
  const vm = mkdtempSync(join(tmpdir(), 'nubes-guests-'));
  for (const name of [
    'bin',
    'nubes',
    'home/alice/.nubes-nb',
    ...(folder ? ['ssh/sshd_config.d'] : []),
  ])
    mkdirSync(join(vm, name), { recursive: true });
  writeFileSync(join(vm, 'home/alice/.nubes-nb/guests'), file);
  if (options !== '') writeFileSync(join(vm, 'ssh/sshd_config.d/00-nubes-guest.conf'), options);
  writeFileSync(join(vm, 'effective'), `${sshd.replaceAll('/etc/nubes', join(vm, 'nubes'))}\n`);
  const programs = {
    id: 'exit 1',
    useradd: `echo "useradd $*" >> ${vm}/calls`,
    getent: `echo '${passwd}'`,
    sshd: `[ "$1" = -t ] && exit ${sshdTest}; cat ${vm}/effective`,
    systemctl: `echo "systemctl $*" >> ${vm}/calls`,
    runuser: 'shift 3\nexec "$@"',
    sleep: 'exit 0',
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(vm, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(vm, 'bin', name), 0o755);
  }
  const script = guestsScript(boot)
    .replaceAll('/etc/nubes', join(vm, 'nubes'))
    .replaceAll('/etc/ssh', join(vm, 'ssh'))
    .replaceAll('/home/', `${vm}/home/`)
    .replaceAll('/run/sshd', join(vm, 'run'))
    .replaceAll('/proc/', `${vm}/proc/`);
  const env = { PATH: `${join(vm, 'bin')}:/usr/bin:/bin` };
  expect(spawnSync('sh', ['-c', script], { env, timeout: 20_000 }).status).toBe(0);
  const read = (path: string) =>
    existsSync(join(vm, path))
      ? readFileSync(join(vm, path), 'utf8').replaceAll(vm, '')
      : undefined;
  return {
    state: read('nubes/guests.state') ?? '',
    keys: read('nubes/guest_keys'),
    options: read('ssh/sshd_config.d/00-nubes-guest.conf'),
    calls: read('calls') ?? '',
  };
}

describe("root's script", () => {
  test('the script gives a guest’s key nothing but the port of Jupyter, and records the file’s digest and sshd’s key types', () => {
    const { state, keys, options, calls } = runGuestsScript(guestLines(guests));
    expect(keys).toBe(`restrict,port-forwarding,permitopen="127.0.0.1:8888" ${ed25519} anna\n`);
    expect(options).toMatch(/^Match User nubes-guest\n/);
    expect(calls).toMatch(/useradd -r -M -d \/nonexistent -s \S+ -p \* nubes-guest/);
    expect(calls).toContain('systemctl try-reload-or-restart ssh.service');
    expect(state).toMatch(/^ready [0-9a-f]{64}\nssh-ed25519,rsa-sha2-512\n$/);
  });

  test('the script replaces options that an earlier run has left half-written, and has sshd read them', () => {
    const { options, calls } = runGuestsScript(guestLines(guests), {
      options: 'Match User nubes-guest\nAuth',
    });
    expect(options).toContain('MaxSessions 0\n');
    expect(calls).toContain('try-reload-or-restart');
  });

  test('the script of a VM whose sshd denies only other accounts admits guests', () => {
    const sshd = `${effective}\ndenyusers root\ndenygroups nogroup`;
    expect(runGuestsScript(guestLines(guests), { sshd }).state).toMatch(/^ready /);
  });

  test.each([
    ['a command', `anna ${digest} command="sh" ${ed25519}`],
    ['options', `anna ${digest} no-touch-required ${ed25519}`],
    ['a second key', `anna ${digest} ${ed25519} ssh-rsa AAAA`],
    ['a comment', `anna ${digest} ${ed25519} anna`],
    ['a certificate authority', `anna ${digest} cert-authority ${ed25519}`],
    ['an unknown type', `anna ${digest} ssh-dss AAAA`],
    ['a name with a quote', `an"na ${digest} ${ed25519}`],
    ['a path as its name', `../anna ${digest} ${ed25519}`],
    ['a short digest', `anna ${digest.slice(1)} ${ed25519}`],
    ['a carriage return in its key', `anna ${digest} ssh-ed25519 AAAA\rBBBB=====`],
    ['a tab', `anna\t${digest} ${ed25519}`],
    ['no digest', `anna ${ed25519}`],
  ])('the script drops a line with %s', (_, line) => {
    const { keys, state } = runGuestsScript(`${line}\nbob ${digest} ${ed25519}\n`);
    expect(keys).toBe(`restrict,port-forwarding,permitopen="127.0.0.1:8888" ${ed25519} bob\n`);
    expect(state).toMatch(/^ready /);
  });

  test('the script takes a file that is too large as none', () => {
    const { keys } = runGuestsScript(`bob ${digest} ${ed25519}\n${'x'.repeat(65_536)}\n`);
    expect(keys).toBe('');
  });

  test.each([
    ['reads no folder of options', { folder: false }, 'its sshd reads no /ssh/sshd_config.d'],
    [
      'ignores the options',
      { sshd: 'maxsessions 10' },
      'its sshd does not obey /ssh/sshd_config.d',
    ],
    [
      'permits more than the port',
      { sshd: effective.replace('permitopen 127.0.0.1:8888', 'permitopen any') },
      'its sshd does not obey /ssh/sshd_config.d',
    ],
    [
      'admits only some accounts',
      { sshd: `${effective}\nallowusers alice` },
      'its sshd admits only the accounts of AllowUsers or AllowGroups',
    ],
    [
      'forwards nothing',
      { sshd: `${effective}\ndisableforwarding yes` },
      'its sshd forwards nothing',
    ],
    [
      'denies the guests’ account',
      { sshd: `${effective}\ndenyusers root\ndenyusers nubes-*@*` },
      'its sshd refuses the account by DenyUsers or DenyGroups',
    ],
    [
      'denies the guests’ group',
      { sshd: `${effective}\ndenygroups nubes-guest` },
      'its sshd refuses the account by DenyUsers or DenyGroups',
    ],
    ['does not accept the options', { sshdTest: 1 }, 'its sshd does not accept the options'],
    [
      'has another account of this name',
      { passwd: 'nubes-guest:x:1000:1000::/home/nubes-guest:/bin/bash' },
      'it has no account nubes-guest',
    ],
  ])('the script of a VM whose sshd %s gives no guest a key, and says why', (_, vm, why) => {
    const { state, keys, options } = runGuestsScript(guestLines(guests), vm);
    expect([state, keys, options]).toEqual([`refused ${why}\n`, undefined, undefined]);
  });
});
