import type { Options, Ora } from 'ora';
import type { World } from '../world.ts';
import { span } from './age.ts';
import { clean } from './clean.ts';
import type { Palette, ProgressStep, Terminal } from './terminal.ts';

/** Lines with marks on a terminal, words when piped, nothing beside data. */
export type ProgressStyle = 'silent' | 'plain' | 'marked';

export interface ProgressOptions {
  readonly world: World;
  readonly palette: Palette;
  readonly style: ProgressStyle;
  readonly tell: (line: string) => void;
}

/** Work that ends sooner shows no spinner, and its library is not loaded. */
const patience = 150;

export function progressStyle(
  { environment, stderr }: World,
  output: Terminal['output'],
): ProgressStyle {
  if (output !== 'table' && output !== 'wide') return 'silent';
  const quiet = environment['TERM'] === 'dumb' || isOn(environment['CI']);
  return stderr.isTTY === true && !quiet ? 'marked' : 'plain';
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== '0';
}

/** `Terminal.during` for a stage; see there. */
export function progress(stage: ProgressOptions): Terminal['during'] {
  let spinning = false;
  return async (label, work) => {
    if (stage.style === 'silent') return work(() => {});
    const phases = followPhases(stage, label);
    // One stream has room for one spinner; work inside work only adds its lines.
    const spins = stage.style === 'marked' && !spinning;
    const spinner = spins ? spinSoon(stage, phases.describe) : undefined;
    spinning ||= spins;
    try {
      const result = await work((phase) => {
        phases.onProgress(phase);
        spinner?.update();
      });
      phases.end(true);
      return result;
    } catch (error) {
      phases.end(false);
      throw error;
    } finally {
      spinner?.stop();
      if (spins) spinning = false;
    }
  };
}

interface Phases {
  readonly onProgress: (phase: ProgressStep) => void;
  /** The last phase is over. */
  readonly end: (well: boolean) => void;
  /** What goes on now, and since when. */
  readonly describe: () => {
    readonly text: string;
    readonly since: number;
    readonly asks: boolean;
  };
}

function followPhases({ world, palette, style, tell }: ProgressOptions, label: string): Phases {
  const now = () => world.now().getTime();
  const started = now();
  let current: (ProgressStep & { readonly since: number }) | undefined;

  const end = (well: boolean) => {
    if (current === undefined) return;
    const time = span(now() - current.since);
    tell(style === 'marked' ? marked(current, time, well, palette) : worded(current, time, well));
    current = undefined;
  };
  const onProgress = (phase: ProgressStep) => {
    if (current?.name === phase.name) {
      current = { ...current, ...phase };
      return;
    }
    end(true);
    current = { ...phase, since: now() };
    if (style === 'marked' && phase.asks) tell(`  … ${nameAndDetail(phase)}`);
  };
  const describe = () =>
    current === undefined
      ? { text: clean(label), since: started, asks: false }
      : { text: nameAndDetail(current), since: current.since, asks: current.asks === true };
  return { onProgress, end, describe };
}

/** `  ✓ building   VM 6b2bedc4… (nb-abc12345-lpd-tests)         48s` */
function marked(
  phase: ProgressStep,
  time: string,
  well: boolean,
  { green, red, dim }: Palette,
): string {
  const mark = well ? green('✓') : red('✗');
  return `  ${mark} ${nameAndDetail(phase).padEnd(51)} ${dim(time.padStart(6))}`;
}

/** `building: VM 6b2bedc4… (48s)` */
function worded({ name, detail }: ProgressStep, time: string, well: boolean): string {
  const subject = well ? name : `${name} failed`;
  return clean(detail === undefined ? `${subject} (${time})` : `${subject}: ${detail} (${time})`);
}

function nameAndDetail({ name, detail = '' }: ProgressStep): string {
  return clean(`${name.padEnd(10)} ${detail}`).trimEnd();
}

interface Spinner {
  readonly update: () => void;
  readonly stop: () => void;
}

/** Shows a spinner with seconds, after a moment. */
function spinSoon(stage: ProgressOptions, describe: Phases['describe']): Spinner {
  let over = false;
  let spinner: Ora | undefined;
  const update = () => {
    if (spinner === undefined) return;
    const { text, asks } = describe();
    spinner.text = text;
    if (asks) spinner.stop();
    else if (!spinner.isSpinning) spinner.start();
  };
  const show = async () => {
    const { default: ora } = await import('ora');
    if (over) return;
    spinner = ora(spinnerOptions(stage, describe));
    update();
  };
  const canSpin = 'cursorTo' in stage.world.stderr;
  const timer = canSpin ? setTimeout(() => void show().catch(() => {}), patience) : undefined;
  const stop = () => {
    over = true;
    clearTimeout(timer);
    spinner?.stop();
  };
  return { update, stop };
}

function spinnerOptions(
  { world, palette }: ProgressOptions,
  describe: Phases['describe'],
): Options {
  const elapsed = () => Math.max(0, world.now().getTime() - describe().since);
  return {
    // A `Writable` with the cursor's functions is a terminal's stream.
    stream: world.stderr as NodeJS.WriteStream,
    // Reading stdin would take Ctrl-C away from the program.
    discardStdin: false,
    isEnabled: true,
    // Its own indentation would leave the cursor there, and shift every line between.
    prefixText: ' ',
    color: palette.cyan('-') === '-' ? false : 'cyan',
    suffixText: () => palette.dim(`${Math.floor(elapsed() / 1000)}s`),
  };
}
