import type { GlobalFlags, OutputStream, World } from '../world.ts';
import { cleanColouredLines } from './clean.ts';
import { readInput } from './input.ts';
import { guard, write } from './outlet.ts';
import { paletteFor, wantsColour } from './palette.ts';
import { render, renderItem } from './printer.ts';
import { type ProgressOptions, progress, progressStyle } from './progress.ts';
import { openQuestions } from './questions.ts';
import type { Terminal } from './terminal.ts';

/** The terminal of one run. May be opened again on the same streams. */
export function openTerminal(world: World, flags: GlobalFlags): Terminal {
  const { stdout, stderr } = world;
  guard(stdout);
  guard(stderr);
  const output = flags.json === true ? 'json' : (flags.output ?? 'table');
  const mayAsk = flags.input !== false;
  // Only a command that asks opens stdin.
  const isInteractive = () => mayAsk && stderr.isTTY === true && world.stdin.isTTY === true;
  const colour = wantsColour(stdout, world, flags);
  const talkPalette = paletteFor(stderr, world, flags);
  const talk = talker(stderr, wantsColour(stderr, world, flags));
  const say = (text: string) => {
    if (flags.quiet !== true) void talk(text);
  };

  const stage: ProgressOptions = {
    world,
    palette: talkPalette,
    style: flags.quiet === true ? 'silent' : progressStyle(world, output),
    tell: say,
  };
  const terminal: Terminal = {
    get interactive() {
      return isInteractive();
    },
    mayAsk,
    watched: stdout.isTTY === true,
    width: stdout.columns || 80,
    output,
    verbose: flags.verbose === true || flags.debug === true,
    debug: flags.debug === true,
    palette: paletteFor(stdout, world, flags),
    talkPalette,
    ask: openQuestions(world, isInteractive, talkPalette),
    now: world.now,
    say,
    warn: (text) => void talk(`${talkPalette.yellow('warning:')} ${text}`),
    complain: talk,
    trace: (text) => {
      if (flags.debug === true) void talk(talkPalette.dim(text));
    },
    print: async (report) => {
      await write(stdout, await render(report, terminal, flags, colour));
    },
    printItem: (item) => write(stdout, renderItem(item, terminal, flags, colour)),
    during: progress(stage),
    duringMany: async (label, total, work) => {
      const { showMultiProgress } = await import('./multi-progress.ts');
      return showMultiProgress(stage, label, total, work);
    },
    readInput: (limit) => readInput(world, limit),
  };
  return terminal;
}

/** Lines on stderr; talk that cannot be written is nobody's failure. */
function talker(stderr: OutputStream, colour: boolean): (text: string) => Promise<void> {
  return async (text) => {
    await write(stderr, `${cleanColouredLines(text, colour)}\n`).catch(() => {});
  };
}
