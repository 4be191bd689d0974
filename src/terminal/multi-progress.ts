import type { Ora } from 'ora';
import { formatDuration } from './age.ts';
import type { Animation } from './animations.ts';
import { clean } from './clean.ts';
import type { Outcome } from './outcome.ts';
import type { ProgressOptions } from './progress.ts';
import type { MultiProgress, ProgressStep } from './terminal.ts';
import { canAnimate, onResize, widthOf } from './width.ts';

/** Further items are only counted. */
const maxLines = 8;
const refreshMs = 500;

/** Implements `Terminal.duringMany`. */
export async function showMultiProgress<Result>(
  options: ProgressOptions,
  label: string,
  total: number,
  work: (progress: MultiProgress) => Promise<Result>,
): Promise<Result> {
  if (options.style === 'silent') return work({ update: () => {}, finish: () => {} });
  const tally = tallyOf(options, label, total);
  if (options.style === 'plain') {
    return work({ update: plainUpdate(options, tally), finish: tally.finish });
  }
  const display = await openDisplay(options, tally.lines);
  const remove = options.animations.add(display);
  try {
    return await work(tally);
  } finally {
    remove();
    display.close();
  }
}

interface Tally extends MultiProgress {
  /** The lines of the display, cut to `columns`. */
  readonly lines: (columns: number) => readonly string[];
  readonly isNew: (name: string) => boolean;
  readonly started: () => number;
  readonly total: number;
}

function tallyOf({ world, palette }: ProgressOptions, label: string, total: number): Tally {
  const now = () => world.now().getTime();
  const startMs = now();
  const inProgress = new Map<string, { readonly step: string; readonly since: number }>();
  let started = 0;
  let done = 0;
  const others = new Map<Outcome, number>();

  const totals = () => {
    const finished = done + [...others.values()].reduce((sum, count) => sum + count, 0);
    const elapsedMs = now() - startMs;
    const leftMs = finished === 0 ? undefined : (elapsedMs / finished) * (total - finished);
    return [
      `${label}: ${done} of ${total} done`,
      ...[...others].map(([outcome, count]) => `${count} ${outcome}`),
      formatDuration(elapsedMs),
      ...(leftMs === undefined || leftMs < 1_000 ? [] : [`about ${formatDuration(leftMs)} left`]),
    ].join(', ');
  };
  const lines = (columns: number) => {
    const all = [...inProgress].map(([name, { step, since }]) => {
      const seconds = `${Math.floor((now() - since) / 1_000)}s`;
      return `    ${name.padEnd(20)} ${step.padEnd(10)} ${seconds.padStart(5)}`;
    });
    const more = all.length - maxLines;
    const shown = more > 0 ? [...all.slice(0, maxLines), `    and ${more} more`] : all;
    const [first, ...rest] = [totals(), ...shown].map((line) => clean(line).slice(0, columns));
    return [first ?? '', ...rest.map(palette.dim)];
  };
  return {
    total,
    lines,
    isNew: (name) => !inProgress.has(name),
    started: () => started,
    update: (name, { name: step }) => {
      if (!inProgress.has(name)) started += 1;
      inProgress.set(name, { step, since: inProgress.get(name)?.since ?? now() });
    },
    finish: (name, outcome) => {
      inProgress.delete(name);
      if (outcome === 'done') done += 1;
      else others.set(outcome, (others.get(outcome) ?? 0) + 1);
    },
  };
}

/** `train-07: in progress (7 of 30)` */
function plainUpdate({ printLine }: ProgressOptions, tally: Tally): MultiProgress['update'] {
  return (name: string, step: ProgressStep) => {
    const isNew = tally.isNew(name);
    tally.update(name, step);
    if (isNew) printLine(clean(`${name}: in progress (${tally.started()} of ${tally.total})`));
  };
}

async function openDisplay(
  { world }: ProgressOptions,
  lines: Tally['lines'],
): Promise<Animation & { readonly close: () => void }> {
  if (!('cursorTo' in world.stderr)) {
    return { pause: () => {}, resume: () => {}, close: () => {} };
  }
  const { default: ora } = await import('ora');
  // The first line follows the spinner and a space, and a full line would wrap.
  const text = () => lines(widthOf(world.stderr) - 4).join('\n');
  const spinner: Ora = ora({
    // A stream with `cursorTo` is a tty.WriteStream.
    stream: world.stderr as NodeJS.WriteStream,
    // Otherwise ora reads stdin, and the program gets no Ctrl-C.
    discardStdin: false,
    isEnabled: true,
    color: false,
    text: text(),
  });
  let paused = false;
  const resize = () => {
    if (paused || !canAnimate(world.stderr)) spinner.stop();
    else if (!spinner.isSpinning) spinner.start();
  };
  resize();
  const stopWatching = onResize(world.stderr, resize);
  const timer = setInterval(() => {
    spinner.text = text();
  }, refreshMs);
  return {
    pause: () => {
      paused = true;
      resize();
    },
    resume: () => {
      paused = false;
      resize();
    },
    close: () => {
      clearInterval(timer);
      stopWatching();
      spinner.stop();
    },
  };
}
