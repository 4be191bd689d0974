import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { NubesError } from '../errors.ts';
import type { AwaitedState } from '../notebooks/wait-for.ts';
import type { Settings } from '../settings/settings.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';
import { accessReport, followed, sentenceReport } from './outcome.ts';
import { patienceFrom } from './waiting.ts';

interface WaitForOptions {
  readonly for: AwaitedState;
  readonly timeout?: string;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .addOption(
      new Option('--for <state>', 'the state to wait for')
        .choices(['ready', 'running', 'stopped', 'deleted'])
        .default('ready'),
    )
    .option('--timeout <time>', 'how long to wait in all, e.g. 90s, 6m')
    .addHelpText('after', '\nExample:\n  nubes-nb wait lpd-tests --for stopped --timeout 90s')
    .action(act(wait));
}

export async function wait(
  { world, terminal, settings, notebooks }: Context,
  reference: string,
  options: WaitForOptions,
): Promise<Report> {
  const began = world.now();
  const state = options.for;
  const standard = standardTime((await settings()).timeouts, state);
  const { timeout } = patienceFrom({ ...options, wait: false }, standard);
  const mine = await notebooks();
  const outcome = await followed(terminal, `Waiting for ${reference}`, (enter) =>
    mine.waitFor(reference, { state, timeout }, enter),
  ).catch((error: unknown) => {
    const isGone = error instanceof NubesError && error.code === 'NOT_FOUND';
    if (isGone && state === 'deleted') return undefined;
    throw error;
  });
  if (outcome === undefined) {
    return { data: null, names: [], text: () => `There is no ${reference}.` };
  }
  return state === 'ready' || state === 'running'
    ? accessReport(outcome, { began })
    : sentenceReport(outcome, `${outcome.notebook.name} is ${state}.`);
}

function standardTime(timeouts: Settings['timeouts'], state: AwaitedState): number {
  if (state === 'stopped') return timeouts.stop;
  return state === 'deleted' ? timeouts.delete : timeouts.start;
}
