import { withFlags } from '../hints.ts';
import { once } from '../once.ts';
import type { GlobalFlags, World } from '../world.ts';
import { openAnimations } from './animations.ts';
import { wantsColour } from './colour.ts';
import { paletteFor } from './palette.ts';
import { render, renderItem, renderParts } from './printer.ts';
import { type ProgressOptions, progress, progressStyle } from './progress.ts';
import type { WhileAsking } from './question.ts';
import { type Line, type Text, wholeLine } from './report.ts';
import { openStderr, type Sentence } from './stderr.ts';
import { ignoreClosedPipe, isClosed, readInput, write } from './streams.ts';
import type { Questions, Terminal } from './terminal.ts';
import { widthOf } from './width.ts';

/** For help, which is written without a terminal: as a part of its own it would run only if a disk is full. */
export { requireClosed } from './streams.ts';

/** The terminal of one run. May be opened more than once on the same streams. */
export function openTerminal(
  world: World,
  flags: GlobalFlags,
  whileAsking: WhileAsking = (ask) => ask(),
): Terminal {
  const { stdout, stderr } = world;
  ignoreClosedPipe(stdout);
  ignoreClosedPipe(stderr);
  const output = flags.json === true ? 'json' : (flags.output ?? 'table');
  const mayAsk = flags.input !== false;
  // A function, as reading `world.stdin` opens the stream.
  const whyNotInteractive = () => {
    if (!mayAsk) return '--no-input is set';
    if (stderr.isTTY !== true) return 'stderr is not a terminal';
    return world.stdin.isTTY === true ? undefined : 'stdin is not a terminal';
  };
  const onSameCloud = (text: string) => withFlags(text, flags);
  const colour = wantsColour(stdout, world, flags);
  const stderrPalette = paletteFor(stderr, world, flags);
  const {
    print: printLines,
    printSentences,
    printed,
  } = openStderr(stderr, wantsColour(stderr, world, flags));
  const printWords = (text: string) => {
    return printSentences([{ label: '', text }]);
  };
  const printLine = (line: Text) => {
    if (flags.quiet !== true) void printLines(line);
  };
  const info = (text: string | readonly Line[]) => {
    if (flags.quiet === true) return;
    const lines = typeof text === 'string' ? [{ text }] : text;
    const areWhole = stderr.isTTY !== true || lines.every((line) => typeof line === 'string');
    if (areWhole) void printLines(lines.map(wholeLine).map(onSameCloud));
    else void printSentences(lines.map(sentenceOf).map(inFull));
  };
  const inFull = (line: Sentence) => ({ ...line, text: onSameCloud(line.text) });
  const untyped = once(async () => {
    const { dropTypedAhead } = await import('./typed-ahead.ts');
    await dropTypedAhead(world);
  });
  const animations = openAnimations(world.now);
  const progressOptions: ProgressOptions = {
    animations,
    world,
    palette: stderrPalette,
    style: flags.quiet === true ? 'silent' : progressStyle(world, output),
    printLine,
  };
  const terminal: Terminal = {
    get interactive() {
      return whyNotInteractive() === undefined;
    },
    whyNotInteractive,
    mayAsk,
    isTty: stdout.isTTY === true,
    width: widthOf(stdout),
    output,
    verbose: flags.verbose === true || flags.debug === true,
    debug: flags.debug === true,
    palette: paletteFor(stdout, world, flags),
    stderrPalette,
    ask: onDemand(async () => {
      await printed();
      const asking: WhileAsking = (ask) =>
        whileAsking(() =>
          animations.pauseWhile(async () => {
            await untyped();
            return ask();
          }),
        );
      if (world.environment['TERM'] === 'dumb') {
        const { openPlainQuestions } = await import('./plain-questions.ts');
        return openPlainQuestions(world, whyNotInteractive, asking);
      }
      const { openQuestions } = await import('./questions.ts');
      return openQuestions(world, whyNotInteractive, stderrPalette, asking);
    }),
    now: world.now,
    info,
    onSameCloud,
    warn: (text) =>
      void printSentences([inFull({ label: stderrPalette.magenta('warning:'), text })]),
    printStderr: (text) => (typeof text === 'string' ? printWords(text) : printLines(text)),
    printSentences,
    trace: (text) => {
      if (flags.debug === true) void printLines(text.split('\n').map(stderrPalette.dim));
    },
    print: async (report) => {
      await printed();
      if (report.parts === undefined) {
        const { result, notes = [] } = await render(report, terminal, flags, colour);
        await write(stdout, result);
        if (flags.quiet !== true) for (const note of notes) void printWords(onSameCloud(note));
        return printed();
      }
      for await (const text of renderParts(report.parts, terminal)) {
        await write(stdout, text);
        if (isClosed(stdout)) return;
      }
    },
    printItem: async (item) => {
      await printed();
      await write(stdout, await renderItem(item, terminal, flags, colour));
    },
    during: progress(progressOptions),
    duringMany: async (label, total, work) => {
      const { showMultiProgress } = await import('./multi-progress.ts');
      return showMultiProgress(progressOptions, label, total, work);
    },
    watch: async (load) => {
      const { watch } = await import('./watch.ts');
      return watch({ world, terminal, flags, colour }, load);
    },
    readInput: (maxBytes) => readInput(world, maxBytes),
  };
  return terminal;
}

function sentenceOf(line: Line): Sentence {
  if (typeof line === 'string') return { label: '', text: line };
  return { label: line.head ?? '', text: line.text, indent: line.indent };
}

/** Most commands ask nothing. */
function onDemand(open: () => Promise<Questions>): Questions {
  return {
    text: async (question) => (await open()).text(question),
    password: async (question) => (await open()).password(question),
    confirm: async (question) => (await open()).confirm(question),
    choose: async (question) => (await open()).choose(question),
  };
}
