import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cloudConfig } from '../../../../src/notebooks/first-boot/cloud-config.ts';
import { guestFiles } from '../../../../src/notebooks/first-boot/guests.ts';
import { jupyterUnit } from '../../../../src/notebooks/first-boot/jupyter.ts';
import { boot } from '../../../support/first-boot.ts';

const guests = [{ name: 'anna', digest: 'cd'.repeat(32) }];

/** Of the account's home: whatever lets people into the notebook that an image was made of. */
const inHome = [
  '.nubes-nb/guests',
  '.nubes-nb/token.sha256',
  '.local/share/jupyter/runtime/jupyter_cookie_secret',
  '.config/nubes-nb/jupyter.pem',
].map((path) => `home/alice/${path}`);
const inEtc = ['guest_keys', 'guests.state', 'guests', 'jupyter_config.py'].map(
  (path) => `etc/nubes/${path}`,
);
const kept = ['home/alice/.nubes-nb/packages.log', 'home/alice/notebooks/a', 'etc/nubes/ready.sh'];

const write = (file: string) => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'x');
};
const remaining = (vm: string, paths: readonly string[]) =>
  paths.filter((path) => existsSync(join(vm, path)));

/** The disk of a VM whose image was made of a notebook. */
function copyOfNotebook(): string {
  const vm = mkdtempSync(join(tmpdir(), 'nubes-image-'));
  for (const path of [...inHome, ...inEtc, ...kept]) write(join(vm, path));
  return vm;
}

/** Runs commands of cloudConfig, with a folder as the VM and its files' owner as root. Returns what needs root. */
function run(vm: string, stage: 'bootcmd' | 'runcmd', given: Parameters<typeof cloudConfig>[0]) {
  const bin = join(vm, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(vm, 'calls'), '');
  const programs = {
    'cloud-init-per': `S=${vm}/sem.$1.$2
[ ! -e $S ] || exit 0
shift 2
"$@" && touch $S`,
    systemctl: `echo "systemctl $*" >> ${vm}/calls`,
    runuser: `echo "runuser $1 $2" >> ${vm}/calls\nshift 3\nexec "$@"`,
    chown: `echo "chown $* in $(pwd)" >> ${vm}/calls`,
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  for (const [program = '', ...words] of cloudConfig(given)[stage] as string[][]) {
    const moved = words.map((word) =>
      word
        .replaceAll(/\/(?:home|etc)\//g, (path) => vm + path)
        .replace(/^PATH=\S+ /m, '')
        .replaceAll(/(-uid |\)" = )0\b/g, `$1${userInfo().uid}`),
    );
    const { status, stderr } = spawnSync(program, moved, { env, encoding: 'utf8' });
    expect({ program, status, stderr }).toEqual({ program, status: 0, stderr: '' });
  }
  return readFileSync(join(vm, 'calls'), 'utf8').replaceAll(vm, '');
}

test('bootcmd of an image made of a notebook removes its guests, tokens and private key, and nothing else', () => {
  const vm = copyOfNotebook();
  expect(run(vm, 'bootcmd', boot)).toBe('runuser -u alice\n');
  expect(remaining(vm, [...inHome, ...inEtc])).toEqual([]);
  expect(remaining(vm, kept)).toEqual(kept);
});

test('bootcmd of a later boot of the same instance removes nothing', () => {
  const vm = copyOfNotebook();
  run(vm, 'bootcmd', boot);
  for (const path of [...inHome, ...inEtc]) write(join(vm, path));
  expect(run(vm, 'bootcmd', boot)).toBe('');
  expect(remaining(vm, inEtc)).toEqual(inEtc);
});

test('bootcmd is done, and not repeated, if the account does not exist yet', () => {
  const vm = copyOfNotebook();
  const other = { ...boot, user: 'bob' };
  mkdirSync(join(vm, 'home/bob'));
  expect(run(vm, 'bootcmd', other)).toBe('runuser -u bob\n');
  expect(run(vm, 'bootcmd', other)).toBe('');
});

test('runcmd removes what bootcmd could not, keeps what cloud-init has written, and then starts the units', () => {
  const vm = copyOfNotebook();
  const calls = run(vm, 'runcmd', { ...boot, guests });
  expect(remaining(vm, inHome)).toEqual([]);
  expect(remaining(vm, inEtc)).toEqual(inEtc);
  expect(calls).toMatch(/^runuser -u alice\n.*restart --no-block nubes-jupyter.service\n/s);
});

test('an image’s Jupyter waits for the new configuration, and its guests’ script for bootcmd', () => {
  expect(jupyterUnit(boot)).toContain('ConditionPathExists=/etc/nubes/jupyter_config.py\n');
  const units = new Map(guestFiles(boot));
  expect(units.get('/etc/systemd/system/nubes-guests.service')).toContain(
    'After=network-online.target\n',
  );
  const files = cloudConfig(boot)['write_files'] as { readonly path: string; defer?: boolean }[];
  expect(files.filter(({ defer }) => defer).map(({ path }) => path)).toEqual([
    '/etc/nubes/jupyter_config.py',
  ]);
});

/** What became the account's: the paths in its home. */
function given(vm: string, folder: string): readonly string[] {
  return run(vm, 'runcmd', { ...boot, folder })
    .split('\n')
    .flatMap((line) => {
      const [, names, at] = /^chown -h alice: (.*) in \/home\/alice(.*)$/.exec(line) ?? [];
      return names?.split(/ ?\.\//).flatMap((name) => (name === '' ? [] : [`${at}/${name}`])) ?? [];
    })
    .sort();
}

test('a notebook folder of root becomes the account’s, but nothing behind a link or with a second name', () => {
  const vm = mkdtempSync(join(tmpdir(), 'nubes-image-'));
  const folder = join(vm, "home/alice/my 'notes'");
  write(join(vm, 'secret/key'));
  write(join(folder, 'deep/a.ipynb'));
  symlinkSync(join(vm, 'secret'), join(folder, 'link'));
  linkSync(join(vm, 'secret/key'), join(folder, 'hard'));
  const [top, ...below] = ["/my 'notes'", '/deep', '/deep/a.ipynb', '/link'];
  expect(given(vm, "my 'notes'/lpd")).toEqual([top, ...below.map((path) => top + path)]);
});

test.each(['link', 'none', '$(touch x)', '-delete'])('a folder %s is not entered', (folder) => {
  const vm = mkdtempSync(join(tmpdir(), 'nubes-image-'));
  write(join(vm, 'secret/key'));
  mkdirSync(join(vm, 'home/alice'), { recursive: true });
  symlinkSync(join(vm, 'secret'), join(vm, 'home/alice/link'));
  expect(given(vm, folder)).toEqual(folder === 'link' ? ['/link'] : []);
  expect(remaining(vm, ['secret/key', 'home/alice/x'])).toEqual(['secret/key']);
});

test('root opens no path below the account’s home, where a link can lead anywhere, but by find', () => {
  const config = cloudConfig({ ...boot, guests });
  const commands = [...(config['bootcmd'] as string[][]), ...(config['runcmd'] as string[][])];
  const lines = commands.flatMap((words) => words.join(' ').split(/[\n;]/));
  const below = lines.filter((line) => line.includes('/home/'));
  expect(below.map((line) => line.trim().replaceAll(/\/home\/alice\/\S+/g, 'FILE'))).toEqual([
    '[ ! -d /home/alice ] || timeout 30 runuser -u alice -- rm -f FILE FILE FILE FILE',
    'sh -c [ ! -d /home/alice ] || timeout 30 runuser -u alice -- rm -f FILE FILE FILE FILE',
    `sh -c cd /home/alice 2>/dev/null && [ "$(stat -c %u './notebooks' 2>/dev/null)" = 0 ] || exit 0`,
  ]);
});
