import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const home = process.env['NUBES_KEYRING_HOME'] ?? '';

/** The folder with the keyring's own files. */
export const keyringHome = home;

/** Locks the login collection, the way a screen lock or a fresh ssh login leaves it. */
export async function lockKeyring(): Promise<void> {
  await run('dbus-send', [
    ...['--session', '--print-reply', '--dest=org.freedesktop.secrets', '/org/freedesktop/secrets'],
    'org.freedesktop.Secret.Service.Lock',
    'array:objpath:/org/freedesktop/secrets/collection/login',
  ]);
}

/** A new daemon takes over and opens the same files: a running one takes no password without a screen. */
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

/** The secrets that the program keeps in the keyring, each one text. */
export async function storedSecrets(): Promise<string[]> {
  const { stdout } = await run('secret-tool', ['search', '--all', 'service', 'nubes-nb']);
  return [...stdout.matchAll(/^secret = (.*)$/gm)].flatMap(([, secret]) => secret ?? []);
}
