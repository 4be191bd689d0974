import { capital, NubesError } from '../errors.ts';
import { hintForAll } from '../hints.ts';
import type { LoadedSettings, Settings } from '../settings/settings.ts';
import type { World } from '../world.ts';
import { type Finding, ok, warning } from './check.ts';

export function checkSettings({ entries, warnings }: LoadedSettings): Finding {
  const origins = new Set(entries.map(({ origin }) => origin).filter((each) => each !== 'default'));
  if (warnings.length > 0) return warning(capital(warnings.join(' ')), 'nubes-nb config validate');
  return ok(origins.size === 0 ? 'defaults only' : `from ${[...origins].join(', ')}`);
}

export async function checkNamedFiles(
  settings: Settings,
  world: Pick<World, 'now'>,
): Promise<Finding> {
  const files = await requireNamedFiles(settings, world);
  const warnings = files.flatMap((file) => file.warnings);
  if (warnings.length > 0) return warning(warnings.join(' '), 'ask your site for a new one');
  return ok(files.map(({ setting }) => setting).join(', ') || 'the settings name none');
}

/** Throws CONFIGURATION with what is wrong with each file that the settings name. */
export async function requireNamedFiles(
  settings: Settings,
  world: Pick<World, 'now'>,
): Promise<readonly NamedFile[]> {
  const files = await readNamedFiles(settings, world);
  const errors = files.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return files;
  const messages = errors.map(({ message }) => message).join(' ');
  throw new NubesError('CONFIGURATION', messages, {
    hint: hintForAll(
      files
        .filter(({ error }) => error !== undefined)
        .map(({ setting, error }) => ({ where: setting, hint: error?.hint })),
    ),
  });
}

/** A file that a setting names, and why it cannot be used. */
export interface NamedFile {
  readonly setting: string;
  readonly path: string;
  readonly error: NubesError | undefined;
  readonly warnings: readonly string[];
}

/** Reads each file that the settings name, as the commands that need it will. */
async function readNamedFiles(
  { openstack, ldap, notebook }: Settings,
  { now }: Pick<World, 'now'>,
): Promise<readonly NamedFile[]> {
  const { certificate, certificateKey, keyFile } = notebook;
  const checks = [
    checkFile('openstack.ca_file', openstack.caFile, (file) => readCa('openstack.ca_file', file)),
    checkFile('ldap.ca_file', ldap?.caFile, (file) => readCa('ldap.ca_file', file)),
    checkFile('notebook.key_file', keyFile, readKey),
    checkFile('notebook.certificate', certificate, async (file) => {
      const { readSiteCertificate } = await import('../certificates/site-certificate.ts');
      const files = { certificate: file, key: certificateKey };
      try {
        const { warnings } = await readSiteCertificate(files, askNothing, now());
        return warnings.map(capital);
      } catch (error) {
        if (error === passphraseWanted) return [];
        throw error;
      }
    }),
  ];
  return (await Promise.all(checks)).filter((file) => file !== undefined);
}

/** What is behind a passphrase stays unread. */
const passphraseWanted = new Error('The file asks for a passphrase.');

async function askNothing(): Promise<never> {
  throw passphraseWanted;
}

async function readCa(
  setting: 'openstack.ca_file' | 'ldap.ca_file',
  file: string,
): Promise<readonly string[]> {
  const { contextTrusting } = await import('../ca-file.ts');
  contextTrusting(file, setting);
  return [];
}

/** A private key in PEM has its public half in itself, or ssh-keygen derives it. */
async function readKey(file: string): Promise<readonly string[]> {
  const { isPrivateKey, notAKey, readPublicKey } = await import('../ssh/public-key.ts');
  if (readPublicKey(file) !== undefined || isPrivateKey(file)) return [];
  const why = notAKey(file) ?? 'does not exist';
  throw new NubesError('CONFIGURATION', `notebook.key_file ${file} ${why}.`, {
    hint: 'nubes-nb config set notebook.key_file FILE names the file of an SSH key',
  });
}

async function checkFile(
  setting: string,
  path: string | undefined,
  read: (path: string) => Promise<readonly string[]>,
): Promise<NamedFile | undefined> {
  if (path === undefined) return undefined;
  try {
    return { setting, path, error: undefined, warnings: await read(path) };
  } catch (error) {
    if (!(error instanceof NubesError)) throw error;
    return { setting, path, error, warnings: [] };
  }
}
