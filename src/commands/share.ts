import { type Command, Option } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import type { Guest } from '../notebooks/guest.ts';
import { type Report, sentences } from '../terminal/report.ts';
import { anyNotebook, nameOrPick } from './options/name.ts';
import { withProgress } from './output/action-result.ts';
import { guestPage } from './output/guest-page.ts';
import { warnOfUnlisted } from './output/unlisted-guests.ts';

interface ShareOptions {
  readonly as?: string;
  readonly key?: string;
  readonly list?: boolean;
  readonly revoke?: string;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .argument('[name]', 'name or UUID of a notebook')
    .option('--as <guest>', 'name of the person who may use Jupyter, e.g. anna')
    .addOption(
      new Option(
        '--key <file>',
        "the guest's public SSH key, for a tunnel that reaches Jupyter only",
      ).conflicts(['list', 'revoke']),
    )
    .addOption(new Option('--list', 'list the guests').conflicts(['as', 'revoke']))
    .addOption(
      new Option('--revoke <guest>', "refuse a guest's token, and end their tunnel").conflicts(
        'as',
      ),
    )
    .addHelpText('after', help)
    .action(toAction(share));
}

const help = `
A guest runs code as your account on the VM, and can read and change your files
there: share only with people whom you trust. Jupyter is not restarted.

Examples:
  nubes-nb share lpd-tests --as anna --key anna.pub > for-anna.txt
  nubes-nb share lpd-tests --list
  nubes-nb share lpd-tests --revoke anna`;

export async function share(
  app: App,
  given: string | undefined,
  options: ShareOptions,
): Promise<Report> {
  const { as: guest, revoke: revoked } = options;
  const { checkGuestName } = await import('../notebooks/guest.ts');
  for (const each of [guest, revoked]) if (each !== undefined) checkGuestName(each);
  if (guest === undefined && revoked === undefined && options.list !== true) throw nothingAsked();
  const keyLine = options.key === undefined ? undefined : await keyFrom(app, options.key);
  const reference = await nameOrPick(app, given, { action: anyNotebook, doing: 'share' });
  if (guest !== undefined) return shareWith(app, reference, guest, keyLine);
  return revoked === undefined ? list(app, reference) : revokeFrom(app, reference, revoked);
}

function nothingAsked(): NubesError {
  return new NubesError('USAGE', 'There is no guest to share the notebook with.', {
    hint: 'nubes-nb share NAME --as GUEST, or --list, or --revoke GUEST',
  });
}

async function keyFrom({ world }: App, file: string): Promise<string> {
  const { readGuestKey } = await import('../notebooks/guests/share.ts');
  return readGuestKey(world.cwd, file);
}

async function shareWith(
  app: App,
  reference: string,
  guest: string,
  keyLine: string | undefined,
): Promise<Report> {
  const { terminal } = app;
  const deps = await app.deps();
  const { share: shareNotebook } = await import('../notebooks/guests/share.ts');
  const asks = terminal.mayAsk;
  const shared = await withProgress(terminal, `Sharing ${reference}`, (onProgress) =>
    shareNotebook(deps, reference, { guest, keyLine, asks, onProgress }),
  );
  const { notebook } = shared;
  terminal.info(
    {
      shared: `${guest} can use the Jupyter of ${notebook} now, and runs code there as your account.`,
      'key replaced': `${guest} has another key and another URL for ${notebook} now; the earlier ones are refused.`,
      unchanged: `${notebook} is shared with ${guest} already; nothing was changed.`,
    }[shared.result],
  );
  return { data: shared, names: [shared.url], text: () => guestPage(shared) };
}

async function list(app: App, reference: string): Promise<Report> {
  const deps = await app.deps();
  const { find } = await import('../notebooks/find.ts');
  const { guestsOf } = await import('../notebooks/guest.ts');
  const guests = guestsOf(await find(deps, reference));
  return {
    data: guests.map(({ name, keyMark }) => ({ name, key: keyMark !== undefined })),
    names: guests.map(({ name }) => name),
    text: () => (guests.length === 0 ? [`${reference} has no guests.`] : guests.map(lineOf)),
  };
}

function lineOf({ name, keyMark }: Guest): string {
  return keyMark === undefined ? name : `${name} (with an SSH key)`;
}

async function revokeFrom(app: App, reference: string, guest: string): Promise<Report> {
  const { terminal } = app;
  const deps = await app.deps();
  const { revoke } = await import('../notebooks/guests/revoke.ts');
  const asks = terminal.mayAsk;
  const revocation = await withProgress(terminal, `Turning ${guest} away`, (onProgress) =>
    revoke(deps, reference, { guest, asks, onProgress }),
  );
  const { notebook, open } = revocation;
  const restart = `nubes-nb restart ${notebook} --jupyter-only`;
  if (open === null) {
    terminal.info(`What runs on ${notebook} could not be listed; ${restart} ends all kernels.`);
  } else if (open.length > 0) {
    terminal.info(
      `Still running on ${notebook}, some of it perhaps yours: ${open.join(', ')}. (${restart} ends all of it)`,
    );
  }
  warnOfUnlisted(terminal, revocation);
  return {
    data: revocation,
    names: [guest],
    text: () =>
      sentences(
        `${guest} can no longer use ${notebook}: token and key are refused, and open tunnels and pages have ended.`,
      ),
  };
}
