import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const home = process.env['NUBES_KEYRING_HOME'] ?? '';

/** The folder of the keyring's files. */
export const keyringHome = home;

/** Locks the login collection, as after a screen lock or an ssh login. */
export async function lockKeyring(): Promise<void> {
  await run('dbus-send', [
    ...['--session', '--print-reply', '--dest=org.freedesktop.secrets', '/org/freedesktop/secrets'],
    'org.freedesktop.Secret.Service.Lock',
    'array:objpath:/org/freedesktop/secrets/collection/login',
  ]);
}

/** Replaces the daemon, since a running one does not accept a password without a display. */
export function unlockKeyring(): void {
  const flags = ['--unlock', '--replace', '--components=secrets', '--daemonize'];
  execFileSync('gnome-keyring-daemon', flags, {
    input: process.env['NUBES_KEYRING_PASSWORD'] ?? '',
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      ...process.env,
      HOME: home,
      XDG_RUNTIME_DIR: join(home, 'run'),
      XDG_DATA_HOME: join(home, 'data'),
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_CACHE_HOME: join(home, 'cache'),
    },
  });
}

/** The secrets that the program stored in the keyring. */
export async function storedSecrets(): Promise<string[]> {
  const { stdout } = await run('secret-tool', ['search', '--all', 'service', 'nubes-nb']);
  return [...stdout.matchAll(/^secret = (.*)$/gm)].flatMap(([, secret]) => secret ?? []);
}
