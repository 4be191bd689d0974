import { cancellation, NubesError } from '../errors.ts';
import type { GlobalFlags, World } from '../world.ts';
import { clean } from './clean.ts';
import type { Report, TableReport } from './report.ts';
import { isClosed, write } from './streams.ts';
import { drawTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { heightOf, onResize, widthOf } from './width.ts';

interface WatchOptions {
  readonly world: World;
  readonly terminal: Terminal;
  readonly flags: GlobalFlags;
  readonly colour: boolean;
}

const intervalMs = 3_000;

/** Implements `Terminal.watch`. */
export async function watch(options: WatchOptions, load: () => Promise<Report>): Promise<Report> {
  refuse(options);
  const { world } = options;
  let report = await load();
  let failure: string | undefined;
  let loadedAt = world.now();
  const keys = watchKeys(world);
  const screen = openScreen(world, keys.left);
  const draw = async () => {
    const { table } = report;
    if (table === undefined) return;
    screen.draw(await linesOf(table, options, { failure, loadedAt }));
  };
  const stopWatching = onResize(world.stdout, () => void draw());
  try {
    while (!keys.left.aborted && !isClosed(world.stdout)) {
      await draw();
      await world.sleep(intervalMs, keys.left).catch(() => {});
      if (keys.left.aborted) break;
      const loaded = await unlessLeft(keys.left, load());
      if (loaded === undefined) break;
      failure = loaded instanceof NubesError ? loaded.message : undefined;
      if (loaded instanceof NubesError) continue;
      report = loaded;
      loadedAt = world.now();
    }
  } finally {
    stopWatching();
    keys.stop();
    screen.close();
  }
  if (world.interrupted.aborted) throw cancellation(world.interrupted);
  return keys.left.reason === 'SIGINT' ? { ...report, exitCode: 130 } : report;
}

/** Throws USAGE. */
function refuse({ world, terminal, flags }: WatchOptions): void {
  const why = whyNot(world, terminal, flags);
  if (why === undefined) return;
  throw new NubesError('USAGE', `Cannot watch: ${why}.`, {
    hint: 'leave out --watch to print the list once',
  });
}

function whyNot(
  { environment }: World,
  { isTty, output, whyNotInteractive }: Terminal,
  { quiet }: GlobalFlags,
): string | undefined {
  if (output !== 'table' && output !== 'wide') return `-o ${output} is not a table`;
  if (quiet === true) return '-q prints names only';
  if (!isTty) return 'stdout is not a terminal';
  if (environment['TERM'] === 'dumb') return 'the terminal cannot move its cursor (TERM is dumb)';
  return whyNotInteractive();
}

/** The report, or why it could not be loaded; undefined if the user left first. Throws if no later load can succeed. */
async function unlessLeft(
  left: AbortSignal,
  loading: Promise<Report>,
): Promise<Report | NubesError | undefined> {
  const loaded = loading.catch((error: unknown) => {
    if (left.aborted) return undefined;
    if (error instanceof NubesError && error.exit !== 4 && error.exit < 128) return error;
    throw error;
  });
  const leaving = new Promise<undefined>((resolve) => {
    left.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([loaded, leaving]);
}

/** Reads single keys: in raw mode, Ctrl-C is one of them. */
function watchKeys({ stdin, interrupted }: World) {
  const left = new AbortController();
  const onData = (chunk: Uint8Array | string) => {
    const keys = chunk.toString();
    if (keys.includes('\u0003')) left.abort('SIGINT');
    else if (/[qQ\u0004]/.test(keys)) left.abort('quit');
  };
  const onEnd = () => left.abort('quit');
  const onSignal = () => left.abort(interrupted.reason);
  if (interrupted.aborted) onSignal();
  interrupted.addEventListener('abort', onSignal, { once: true });
  stdin.on('data', onData).once('end', onEnd);
  stdin.setRawMode?.(true);
  stdin.resume();
  const restore = () => void stdin.setRawMode?.(false);
  // At once, as a second signal ends the process without a word.
  left.signal.addEventListener('abort', restore, { once: true });
  return {
    left: left.signal,
    stop: () => {
      restore();
      stdin.off('data', onData).off('end', onEnd);
      stdin.pause();
      interrupted.removeEventListener('abort', onSignal);
    },
  };
}

/** The beginning of a control sequence. */
const csi = '\u001b[';
/** The alternate screen, which leaves what was printed before; no cursor; long lines do not wrap. */
const enter = `${csi}?1049h${csi}?25l${csi}?7l`;
const leave = `${csi}?7h${csi}?25h${csi}?1049l`;

function openScreen({ stdout }: World, left: AbortSignal) {
  let isOpen = true;
  void write(stdout, enter).catch(() => {});
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    void write(stdout, leave).catch(() => {});
  };
  left.addEventListener('abort', close, { once: true });
  return {
    /** In one write and without clearing first, so that nothing flickers. */
    draw: (lines: readonly string[]) => {
      if (!isOpen) return;
      const text = lines.map((line) => `${line}${csi}K`).join('\r\n');
      void write(stdout, `${csi}H${text}${csi}J`).catch(() => {});
    },
    close,
  };
}

interface State {
  readonly failure: string | undefined;
  readonly loadedAt: Date;
}

/** As many lines as the terminal has at most. */
async function linesOf(
  table: TableReport,
  { world, terminal, flags, colour }: WatchOptions,
  { failure, loadedAt }: State,
): Promise<readonly string[]> {
  const { palette } = terminal;
  const height = heightOf(world.stdout);
  const time = loadedAt.toTimeString().slice(0, 8);
  const top = [
    palette.dim(`${time}, again every ${intervalMs / 1_000} s; q leaves`),
    ...(failure === undefined ? [] : [palette.red(clean(failure))]),
  ];
  const { rows } = table;
  if (rows.length === 0) return [...top, clean(table.empty ?? '')].slice(0, height);
  const room = height - top.length - 1;
  const shown = rows.length > room ? rows.slice(0, Math.max(0, room - 1)) : rows;
  const size = { ...terminal, width: widthOf(world.stdout) };
  const { text } = await drawTable({ ...table, rows: shown }, size, {
    chosen: flags.columns,
    header: flags.header !== false,
    colour,
  });
  const more = rows.length - shown.length;
  const rest = more > 0 ? [palette.dim(`and ${more} more`)] : [];
  return [...top, ...text.trimEnd().split('\n'), ...rest].slice(0, height);
}
