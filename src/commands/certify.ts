import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { NubesError } from '../errors.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';
import { followed, sentenceReport } from './outcome.ts';
import { type PassphraseOptions, passphraseFlags, siteCertificate } from './site-certificate.ts';
import { patienceFrom } from './waiting.ts';

interface CertifyOptions extends PassphraseOptions {
  readonly timeout?: string;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .option(...passphraseFlags.stdin)
    .option(...passphraseFlags.keep)
    .option('--timeout <time>', 'how long Jupyter may take to come up with it, e.g. 90s')
    .addHelpText('after', '\nExample:\n  nubes-nb certify lpd-tests')
    .action(act(certify));
}

/** Puts notebook.certificate on a direct notebook: a new one, or after `create --no-wait`. */
export async function certify(
  context: Context,
  reference: string,
  options: CertifyOptions,
): Promise<Report> {
  const { timeouts } = await context.settings();
  const patience = patienceFrom(options, timeouts.start);
  const mine = await context.notebooks();
  const certificate = await siteCertificate(context, options);
  if (certificate === undefined) throw noCertificate();
  const wish = { ...patience, certificate, asks: context.flags.input !== false };
  const outcome = await followed(context.terminal, `Certifying ${reference}`, (enter) =>
    mine.certify(reference, wish, enter),
  );
  const { name } = outcome.notebook;
  return sentenceReport(outcome, `${name} shows the certificate for ${certificate.names}.`);
}

function noCertificate(): NubesError {
  return new NubesError('CONFIGURATION', 'The settings name no certificate.', {
    hint: 'nubes-nb config set notebook.certificate FILE',
  });
}
