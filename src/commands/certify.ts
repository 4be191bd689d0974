import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { SiteCertificate } from '../certificates/site-certificate.ts';
import { NubesError } from '../errors.ts';
import type { Report } from '../terminal/report.ts';
import {
  type BatchFlags,
  declareChange,
  type SelectionFlags,
  usageOfMany,
} from './options/batch.ts';
import {
  checkOneStdin,
  type PassphraseFlags,
  passphraseFlags,
  siteCertificate,
} from './options/certificate.ts';
import { namesOrPick } from './options/name.ts';
import { onlyName } from './options/selection.ts';
import { limitFrom } from './options/wait.ts';
import { sentenceReport, withProgress } from './output/action-result.ts';

interface CertifyOptions extends PassphraseFlags, BatchFlags, SelectionFlags {
  readonly timeout?: string;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .usage(usageOfMany)
    .argument('[name...]', 'names or UUIDs of notebooks')
    .option(...passphraseFlags.stdin)
    .option(...passphraseFlags.keep);
  declareChange(command);
  command
    .option('--timeout <time>', 'maximum wait for Jupyter to restart, e.g. 90s')
    .addHelpText('after', examples)
    .action(toAction(certify));
}

const examples = `
Examples:
  nubes-nb certify lpd-tests
  nubes-nb certify --label course=lpd --yes`;

/** Installs notebook.certificate on direct notebooks: a renewed one, or after `create --no-wait`. */
export async function certify(
  app: App,
  given: readonly string[],
  options: CertifyOptions,
): Promise<Report> {
  checkOneStdin('--from -', options.from, options);
  const { timeoutsMs, notebook: defaults } = await app.settings();
  const wait = limitFrom(app, options, timeoutsMs.start);
  // Refused before a question.
  if (defaults.certificate === undefined && app.terminal.interactive) throw noCertificate();
  const pick = { action: { verb: 'certify' }, doing: 'certify' } as const;
  const references = await namesOrPick(app, given, options, pick);
  const reference = onlyName(app, references, options);
  const deps = await app.deps();
  const certificate = await certificateFor(app, options);
  if (reference === undefined) {
    const { runAction } = await import('./batch/run-action.ts');
    return runAction(app, { verb: 'certify', wait, certificate }, references, options);
  }
  const { certify: certifyNotebook } = await import('../notebooks/lifecycle/certify.ts');
  const certifyOptions = { ...wait, certificate, asks: app.terminal.mayAsk };
  const notebook = await withProgress(app.terminal, `Certifying ${reference}`, (onProgress) =>
    certifyNotebook(deps, reference, certifyOptions, onProgress),
  );
  return sentenceReport(
    notebook,
    `${notebook.name} uses the certificate for ${certificate.names}.`,
  );
}

/** Opens the certificate also for a dry run, which does not store the passphrase. */
async function certificateFor(
  app: App,
  { dryRun, ...options }: CertifyOptions,
): Promise<SiteCertificate> {
  const keepPassphrase = options.keepPassphrase === true && dryRun !== true;
  const certificate = await siteCertificate(app, { ...options, keepPassphrase });
  if (certificate === undefined) throw noCertificate();
  return certificate;
}

function noCertificate(): NubesError {
  return new NubesError('CONFIGURATION', 'notebook.certificate is not set.', {
    hint: 'nubes-nb config set notebook.certificate FILE',
  });
}
