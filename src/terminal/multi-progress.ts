import type { Ora } from 'ora';
import { span } from './age.ts';
import { clean } from './clean.ts';
import type { ProgressOptions } from './progress.ts';
import type { MultiProgress, ProgressStep } from './terminal.ts';

/** As many pieces of work have a line of their own; the others are counted. */
const mostLines = 8;
const refresh = 500;

/** `Terminal.duringMany` for a stage; see there. */
export async function showMultiProgress<Result>(
  stage: ProgressOptions,
  label: string,
  total: number,
  work: (board: MultiProgress) => Promise<Result>,
): Promise<Result> {
  if (stage.style === 'silent') return work({ entered: () => {}, ended: () => {} });
  const tally = tallyOf(stage, label, total);
  if (stage.style === 'plain') return work({ entered: plainly(stage, tally), ended: tally.ended });
  const display = await openDisplay(stage, tally.lines);
  try {
    return await work(tally);
  } finally {
    display.close();
  }
}

interface Tally extends MultiProgress {
  /** What the display shows now, at so many columns. */
  readonly lines: (columns: number) => readonly string[];
  readonly isNew: (name: string) => boolean;
  readonly begun: () => number;
  readonly total: number;
}

function tallyOf({ world, palette }: ProgressOptions, label: string, total: number): Tally {
  const now = () => world.now().getTime();
  const began = now();
  const atWork = new Map<string, { readonly phase: string; readonly since: number }>();
  let begun = 0;
  let done = 0;
  let failed = 0;

  const totals = () => {
    const ended = done + failed;
    const left = ended === 0 ? undefined : ((now() - began) / ended) * (total - ended);
    return [
      `${label}: ${done} of ${total} done`,
      ...(failed === 0 ? [] : [`${failed} not`]),
      span(now() - began),
      ...(left === undefined || left < 1_000 ? [] : [`about ${span(left)} left`]),
    ].join(', ');
  };
  const lines = (columns: number) => {
    const all = [...atWork].map(([name, { phase, since }]) => {
      const seconds = `${Math.floor((now() - since) / 1_000)}s`;
      return `    ${name.padEnd(20)} ${phase.padEnd(10)} ${seconds.padStart(5)}`;
    });
    const more = all.length - mostLines;
    const shown = more > 0 ? [...all.slice(0, mostLines), `    and ${more} more`] : all;
    const [first, ...rest] = [totals(), ...shown].map((line) => clean(line).slice(0, columns));
    return [first ?? '', ...rest.map(palette.dim)];
  };
  return {
    total,
    lines,
    isNew: (name) => !atWork.has(name),
    begun: () => begun,
    entered: (name, { name: phase }) => {
      if (!atWork.has(name)) begun += 1;
      atWork.set(name, { phase, since: atWork.get(name)?.since ?? now() });
    },
    ended: (name, well) => {
      atWork.delete(name);
      if (well) done += 1;
      else failed += 1;
    },
  };
}

/** `train-07: begun (7 of 30)` */
function plainly({ tell }: ProgressOptions, tally: Tally): MultiProgress['entered'] {
  return (name: string, phase: ProgressStep) => {
    const isNew = tally.isNew(name);
    tally.entered(name, phase);
    if (isNew) tell(clean(`${name}: begun (${tally.begun()} of ${tally.total})`));
  };
}

async function openDisplay(
  { world, palette }: ProgressOptions,
  lines: Tally['lines'],
): Promise<{ readonly close: () => void }> {
  if (!('cursorTo' in world.stderr)) return { close: () => {} };
  const { default: ora } = await import('ora');
  // The spinner and a blank stand before the first line, and a full line would wrap.
  const text = () => lines((world.stderr.columns || 80) - 4).join('\n');
  const spinner: Ora = ora({
    // A `Writable` with the cursor's functions is a terminal's stream.
    stream: world.stderr as NodeJS.WriteStream,
    // Reading stdin would take Ctrl-C away from the program.
    discardStdin: false,
    isEnabled: true,
    color: palette.cyan('-') === '-' ? false : 'cyan',
    text: text(),
  });
  spinner.start();
  const timer = setInterval(() => {
    spinner.text = text();
  }, refresh);
  return {
    close: () => {
      clearInterval(timer);
      spinner.stop();
    },
  };
}
