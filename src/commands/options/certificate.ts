import type { App } from '../../app.ts';
import type { SiteCertificate } from '../../certificates/site-certificate.ts';
import { NubesError } from '../../errors.ts';
import { openPassphrases, type PassphraseStore } from '../../session/passphrases.ts';
import { secretFromStdin, sessionDependencies } from './login.ts';

export interface PassphraseFlags {
  readonly passphraseStdin?: boolean;
  readonly keepPassphrase?: boolean;
}

export const passphraseFlags = {
  stdin: [
    '--passphrase-stdin',
    "read the passphrase of the certificate's key from stdin (one line)",
  ],
  keep: ['--keep-passphrase', 'store that passphrase in the keychain'],
} as const;

/** Throws USAGE if both a file and the passphrase are to be read from stdin. */
export function checkOneStdin(
  flag: string,
  file: string | undefined,
  { passphraseStdin }: PassphraseFlags,
): void {
  if (file !== '-' || passphraseStdin !== true) return;
  throw new NubesError('USAGE', `${flag} and --passphrase-stdin cannot both read stdin.`, {
    hint: `${flag.slice(0, -2)} FILE`,
  });
}

/** The certificate of the settings, opened and checked; undefined if they have none. */
export async function siteCertificate(
  app: App,
  options: PassphraseFlags,
): Promise<SiteCertificate | undefined> {
  const { terminal } = app;
  const { certificate, certificateKey: key } = (await app.settings()).notebook;
  if (certificate === undefined) {
    if (!options.passphraseStdin) return undefined;
    throw new NubesError(
      'USAGE',
      '--passphrase-stdin is for notebook.certificate, which is not set.',
      { hint: 'nubes-nb config set notebook.certificate FILE' },
    );
  }
  const kept = openPassphrases(await sessionDependencies(app));
  const asked = passphrases(app, options, kept);
  const { readSiteCertificate } = await import('../../certificates/site-certificate.ts');
  const read = await readSiteCertificate({ certificate, key }, asked.ask, terminal.now());
  for (const warning of read.warnings) terminal.warn(warning);
  if (options.keepPassphrase) await asked.keep();
  return read;
}

/** From stdin; or else from the keychain, then from a prompt. */
function passphrases(app: App, options: PassphraseFlags, kept: PassphraseStore) {
  const { terminal } = app;
  const given: { file: string; passphrase: string; by: 'stdin' | 'keychain' | 'prompt' }[] = [];
  const next = async (file: string) => {
    const before = given.at(-1)?.by;
    if (options.passphraseStdin) {
      if (before !== undefined) return undefined;
      const passphrase = await secretFromStdin(app, '--passphrase-stdin', 'passphrase');
      return { file, passphrase, by: 'stdin' } as const;
    }
    const known = before === undefined ? await kept.get(file) : undefined;
    if (known !== undefined) return { file, passphrase: known, by: 'keychain' } as const;
    if (!terminal.interactive) return undefined;
    if (before === 'prompt') terminal.info('That passphrase does not open the key.');
    const message = `Passphrase of ${file}:`;
    const passphrase = await terminal.ask.password({ message, flag: '--passphrase-stdin' });
    return { file, passphrase, by: 'prompt' } as const;
  };
  return {
    ask: async (file: string) => {
      const one = await next(file);
      if (one !== undefined) given.push(one);
      return one?.passphrase;
    },
    /** Stores the last passphrase, which opened the key. */
    keep: async () => {
      const right = given.at(-1);
      if (right !== undefined) await kept.set(right.file, right.passphrase);
    },
  };
}
