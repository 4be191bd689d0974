import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Check } from '../doctor/check.ts';
import { exitCodes } from '../errors.ts';
import { type Display, type Line, type Report, sentences } from '../terminal/report.ts';

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
  const failed = checks.filter(({ state }) => state === 'failed');
  const [first] = failed;
  return {
    data: { checks, fixed },
    names: failed.map(({ name }) => name),
    text: (display) => [
      ...fixed,
      ...checks.flatMap((each) => lines(inHome(each, app), display)),
      // The list is longer than many a terminal, and the failed check may be above it.
      ...(first === undefined ? [] : sentences(`Failed: ${namesOf(failed)}.`)),
      ...(first === undefined || support === undefined ? [] : sentences(`Help: ${support}`)),
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

/** `ssh key, ldap`: of several services of a kind each is named. */
function namesOf(checks: readonly Check[]): string {
  return checks.map(({ name }) => name).join(', ');
}

const nameWidth = 10;
const indent = ' '.repeat(nameWidth + 3);

/** A terminal breaks nothing within a word, and no fix within a command. */
function lines({ name, state, detail, fix }: Check, { palette }: Display): readonly Line[] {
  const marks = {
    ok: palette.green('✓'),
    failed: palette.red('✗'),
    warning: palette.magenta('!'),
    skipped: palette.dim('-'),
  } as const;
  // `ldap ldaps://ldap.example.org` is one of several of its kind.
  const [kind = '', address] = name.split(/ (?=\w+:\/\/)/);
  const what = address === undefined ? detail : `${address}: ${detail}`;
  return [
    { head: `${marks[state]} ${kind.padEnd(nameWidth)}`, text: what, indent },
    ...(fix === null ? [] : [{ head: `${indent}fix:`, text: fix, indent }]),
  ];
}

function inHome(check: Check, { world }: App): Check {
  const short = (text: string) =>
    world.home === undefined ? text : text.replaceAll(`${world.home}/`, '~/');
  const { detail, fix } = check;
  return { ...check, detail: short(detail), fix: fix === null ? null : short(fix) };
}
