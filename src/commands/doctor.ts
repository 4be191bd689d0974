import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Check } from '../doctor/check.ts';
import { exitCodes } from '../errors.ts';
import { type Measure, measure } from '../terminal/measure.ts';
import type { Display, Report } from '../terminal/report.ts';
import { wrap } from '../terminal/wrap.ts';

export function declare(command: Command, toAction: ToAction): void {
  command
    .option(
      '--fix',
      'first repair what only nubes-nb writes: modes, locks, entries of VMs that are gone',
    )
    .option(
      '--bundle <file>',
      'write checks and settings to a new file, without secrets, for a ticket',
    )
    .addHelpText('after', '\nExample:\n  nubes-nb doctor --bundle nubes-nb.txt')
    .action(toAction(doctor));
}

interface DoctorFlags {
  readonly fix?: boolean;
  readonly bundle?: string;
}

/** Of all requests together; each check has its own limit. */
const timeoutMs = 28_000;

export async function doctor(app: App, { fix, bundle }: DoctorFlags): Promise<Report> {
  app.time.limit(timeoutMs);
  const fixed = fix === true ? await repaired(app) : [];
  const { examine } = await import('../doctor/examine.ts');
  const checks = await app.terminal.during('Checking', () => examine(app));
  if (bundle !== undefined) await writeTo(app, bundle, checks);
  const support = await app.settings().then(
    ({ siteTeam }) => siteTeam.support,
    () => undefined,
  );
  const first = checks.find(({ state }) => state === 'failed');
  const width = await measure(checks.flatMap(({ name, detail, fix }) => [name, detail, fix ?? '']));
  return {
    data: { checks, fixed },
    names: checks.filter(({ state }) => state === 'failed').map(({ name }) => name),
    text: (display) => [
      ...fixed,
      ...checks.flatMap((each) => lines(inHome(each, app), display, width)),
      ...(first === undefined || support === undefined ? [] : [`Help: ${support}`]),
    ],
    ...(first === undefined ? {} : { exitCode: exitCodes[first.code ?? 'BUG'] }),
  };
}

async function repaired(app: App): Promise<readonly string[]> {
  const { repair } = await import('../doctor/repair.ts');
  return repair(app);
}

async function writeTo(app: App, file: string, checks: readonly Check[]): Promise<void> {
  const { bundleText, writeBundle } = await import('../doctor/bundle.ts');
  const { absolute } = await import('../settings/places.ts');
  const { world, terminal } = app;
  const settings = await app.loadedSettings().then(
    ({ entries }) => entries,
    () => [],
  );
  const path = absolute(world, file, world.cwd);
  await writeBundle(path, bundleText(checks, settings, world.now()));
  terminal.info(`Wrote ${path}.`);
}

const nameWidth = 10;
const indent = ' '.repeat(nameWidth + 3);

/** A terminal breaks nothing within a word, and no fix within a command. */
function lines(
  { name, state, detail, fix }: Check,
  { palette, isTty, width: terminalWidth }: Display,
  width: Measure,
): readonly string[] {
  const marks = {
    ok: palette.green('✓'),
    failed: palette.red('✗'),
    warning: palette.yellow('!'),
    skipped: palette.dim('-'),
  } as const;
  // `ldap ldaps://ldap.example.org` is one of several of its kind.
  const [kind = '', address] = name.split(/ (?=\w+:\/\/)/);
  const what = address === undefined ? detail : `${address}: ${detail}`;
  const columns = isTty ? terminalWidth : Number.POSITIVE_INFINITY;
  const options = { columns, indent, width };
  return [
    ...wrap(`${marks[state]} ${kind.padEnd(nameWidth)}`, what, options),
    ...(fix === null ? [] : wrap(`${indent}fix:`, fix, options)),
  ];
}

function inHome(check: Check, { world }: App): Check {
  const short = (text: string) =>
    world.home === undefined ? text : text.replaceAll(`${world.home}/`, '~/');
  const { detail, fix } = check;
  return { ...check, detail: short(detail), fix: fix === null ? null : short(fix) };
}
