import type { Options, Ora } from 'ora';
import type { World } from '../world.ts';
import { formatDuration } from './age.ts';
import type { Animation, Animations } from './animations.ts';
import { clean } from './clean.ts';
import { asciiWidth } from './measure.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Palette } from './palette.ts';
import type { Text } from './report.ts';
import type { ProgressStep, Terminal } from './terminal.ts';
import { canAnimate, onResize, widthOf } from './width.ts';
import { wrap } from './wrap.ts';

/** `marked` lines (✓, ✗) on a terminal, `plain` text when piped, `silent` with data output. */
export type ProgressStyle = 'silent' | 'plain' | 'marked';

export interface ProgressOptions {
  readonly world: World;
  readonly palette: Palette;
  readonly style: ProgressStyle;
  readonly printLine: (line: Text) => void;
  readonly animations: Pick<Animations, 'add'>;
}

/** Shorter work shows no spinner, and ora is not loaded. */
const spinnerDelayMs = 150;

export function progressStyle(
  { environment, stderr }: World,
  output: Terminal['output'],
): ProgressStyle {
  if (output !== 'table' && output !== 'wide') return 'silent';
  const isPlain = environment['TERM'] === 'dumb' || isOn(environment['CI']);
  return stderr.isTTY === true && !isPlain && canAnimate(stderr) ? 'marked' : 'plain';
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== '0';
}

/** Implements `Terminal.during`. */
export function progress(options: ProgressOptions): Terminal['during'] {
  let spinning = false;
  return async (label, work) => {
    if (options.style === 'silent') return work(() => {});
    const steps = trackSteps(options, label);
    // A stream can show one spinner; nested work only adds lines.
    const spins = options.style === 'marked' && !spinning;
    const spinner = spins ? startSpinner(options, steps.describe) : undefined;
    spinning ||= spins;
    const remove = options.animations.add({
      pause: () => spinner?.pause(),
      resume: (pausedMs) => {
        steps.postpone(pausedMs);
        spinner?.resume();
      },
    });
    try {
      const result = await work((step) => {
        steps.onProgress(step);
        spinner?.update();
      });
      steps.end('done');
      return result;
    } catch (error) {
      steps.end(outcomeOf(error));
      throw error;
    } finally {
      remove();
      spinner?.stop();
      if (spins) spinning = false;
    }
  };
}

interface Steps {
  readonly onProgress: (step: ProgressStep) => void;
  /** Ends the current step. */
  readonly end: (outcome: Outcome) => void;
  /** Leaves time that the user took out of the step's time. */
  readonly postpone: (ms: number) => void;
  /** The current step, and when it started. */
  readonly describe: () => {
    readonly text: string;
    readonly startMs: number;
    readonly asks: boolean;
  };
}

function trackSteps(options: ProgressOptions, label: string): Steps {
  const { world, style, printLine } = options;
  const now = () => world.now().getTime();
  let startMs = now();
  let current: (ProgressStep & { readonly startMs: number }) | undefined;

  const end = (outcome: Outcome) => {
    if (current === undefined) return;
    const time = formatDuration(now() - current.startMs);
    printLine(
      style === 'marked'
        ? markedLines(current, time, outcome, options)
        : plainLine(current, time, outcome),
    );
    current = undefined;
  };
  const onProgress = (step: ProgressStep) => {
    if (current?.name === step.name) {
      current = { ...current, ...step };
      return;
    }
    end('done');
    current = { ...step, startMs: now() };
    if (style === 'marked' && step.asks) printLine(`  … ${nameAndDetail(step)}`);
  };
  const postpone = (ms: number) => {
    startMs += ms;
    if (current !== undefined) current = { ...current, startMs: current.startMs + ms };
  };
  const describe = () =>
    current === undefined
      ? { text: clean(label), startMs, asks: false }
      : { text: nameAndDetail(current), startMs: current.startMs, asks: current.asks === true };
  return { onProgress, end, postpone, describe };
}

/** `  ✓ building   VM 6b2bedc4… (nb-abc12345-lpd-tests)         48s` */
function markedLines(
  step: ProgressStep,
  time: string,
  outcome: Outcome,
  { palette: { green, red, magenta, dim }, world }: ProgressOptions,
): readonly string[] {
  const marks = { done: green('✓'), failed: red('✗') } as const;
  const mark = outcome === 'done' || outcome === 'failed' ? marks[outcome] : magenta('–');
  const columns = widthOf(world.stderr);
  const text = nameAndDetail(step);
  if (columns >= markedWidth) return [`  ${mark} ${text.padEnd(51)} ${dim(time.padStart(6))}`];
  // The details are ids, names and addresses.
  return wrap(`  ${mark}`, `${text} ${dim(time)}`, {
    columns,
    indent: ' '.repeat(4),
    width: asciiWidth,
  });
}

const markedWidth = 62;

/** `building: VM 6b2bedc4… (48s)` */
function plainLine({ name, detail }: ProgressStep, time: string, outcome: Outcome): string {
  const subject = outcome === 'done' ? name : `${name} ${outcome}`;
  return clean(detail === undefined ? `${subject} (${time})` : `${subject}: ${detail} (${time})`);
}

function nameAndDetail({ name, detail = '' }: ProgressStep): string {
  return clean(`${name.padEnd(10)} ${detail}`).trimEnd();
}

interface Spinner {
  readonly update: () => void;
  readonly pause: Animation['pause'];
  readonly resume: () => void;
  readonly stop: () => void;
}

/** Shows a spinner with seconds after `spinnerDelayMs`. */
function startSpinner(options: ProgressOptions, describe: Steps['describe']): Spinner {
  let stopped = false;
  let paused = false;
  let spinner: Ora | undefined;
  const update = () => {
    if (spinner === undefined) return;
    const { text, asks } = describe();
    spinner.text = text;
    if (asks || paused || !canAnimate(options.world.stderr)) spinner.stop();
    else if (!spinner.isSpinning) spinner.start();
  };
  const show = async () => {
    const { default: ora } = await import('ora');
    if (stopped) return;
    spinner = ora(spinnerOptions(options, describe));
    update();
  };
  const canSpin = 'cursorTo' in options.world.stderr;
  const timer = canSpin ? setTimeout(() => void show().catch(() => {}), spinnerDelayMs) : undefined;
  const stopWatching = onResize(options.world.stderr, update);
  const stop = () => {
    stopped = true;
    stopWatching();
    clearTimeout(timer);
    spinner?.stop();
  };
  const pause = () => {
    paused = true;
    spinner?.stop();
  };
  const resume = () => {
    paused = false;
    update();
  };
  return { update, pause, resume, stop };
}

function spinnerOptions({ world, palette }: ProgressOptions, describe: Steps['describe']): Options {
  const elapsedMs = () => Math.max(0, world.now().getTime() - describe().startMs);
  return {
    // A stream with `cursorTo` is a tty.WriteStream.
    stream: world.stderr as NodeJS.WriteStream,
    // Otherwise ora reads stdin, and the program gets no Ctrl-C.
    discardStdin: false,
    isEnabled: true,
    // ora's `indent` would leave the cursor there and shift the lines printed in between.
    prefixText: ' ',
    color: false,
    suffixText: () => palette.dim(`${Math.floor(elapsedMs() / 1000)}s`),
  };
}
