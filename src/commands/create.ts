import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { checkName } from '../notebooks/name.ts';
import { accesses, floatingIps } from '../settings/keys.ts';
import type { Report } from '../terminal/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Act } from './act.ts';
import { accessReport, followed } from './outcome.ts';
import { type PassphraseOptions, passphraseFlags, siteCertificate } from './site-certificate.ts';
import { declareWaitForReady, patienceFrom, type WaitOptions } from './waiting.ts';

interface CreateOptions extends WaitOptions, PassphraseOptions {
  readonly image?: string;
  readonly size?: string;
  readonly network?: string;
  readonly key?: string;
  readonly access?: 'tunnel' | 'direct';
  readonly floatingIp?: 'auto' | 'none';
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', "the notebook's name: a-z, 0-9 and -, up to 32")
    .option('--image <name>', 'image to boot')
    .option('--size <name>', 'size (flavor) of the VM')
    .option('--network <name>', 'network to put it on')
    .option('--key <file>', 'SSH key to reach it with (default: the first in ~/.ssh)')
    .addOption(
      new Option('--access <how>', 'how to reach Jupyter: by ssh, or by https').choices(accesses),
    )
    .addOption(
      new Option('--floating-ip <which>', 'floating IP for direct access').choices(floatingIps),
    )
    .option(...passphraseFlags.stdin)
    .option(...passphraseFlags.keep);
  declareWaitForReady(command);
  command
    .addHelpText('after', '\nExample:\n  nubes-nb create lpd-tests --timeout 10m')
    .action(act(create));
}

export async function create(
  context: Context,
  name: string,
  options: CreateOptions,
): Promise<Report> {
  checkName(name);
  const began = context.world.now();
  const { timeouts, notebook } = await context.settings();
  const patience = patienceFrom(options, timeouts.create);
  const isDirect = (options.access ?? notebook.access) === 'direct';
  const notebooks = await context.notebooks();
  // Asks before anything is made, and before the progress display.
  const certificate = isDirect ? await siteCertificate(context, options) : undefined;
  const wish = {
    ...options,
    name,
    certificate,
    asks: context.flags.input !== false,
    mayMakeKey: () => mayMakeKey(context.terminal),
  };
  const outcome = await followed(context.terminal, `Creating ${name}`, (enter) =>
    notebooks.create(wish, patience, enter),
  );
  return accessReport(outcome, { began, url: outcome.tokenUrl });
}

/** On a terminal, whether to make a key; elsewhere no. */
async function mayMakeKey({ ask, interactive }: Terminal): Promise<boolean> {
  if (!interactive) return false;
  return ask.confirm({
    message: 'There is no SSH key in ~/.ssh. Make ~/.ssh/id_ed25519 now?',
    flag: '--key',
    initial: true,
  });
}
