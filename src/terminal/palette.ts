import { Chalk } from 'chalk';
import type { GlobalFlags, OutputStream, World } from '../world.ts';
import type { Palette } from './terminal.ts';

/** Colours for a stream, or none: `--no-color` > NO_COLOR > FORCE_COLOR > is it a terminal that can. */
export function paletteFor(stream: OutputStream, world: World, flags: GlobalFlags): Palette {
  return paletteOf(wantsColour(stream, world, flags));
}

export function wantsColour(stream: OutputStream, { environment }: World, flags: GlobalFlags) {
  if (flags.color === false) return false;
  if (environment['NO_COLOR']) return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}

function paletteOf(colour: boolean): Palette {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  // One argument only: chalk joins all it is given, and `map` gives three.
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    cyan: (text) => chalk.cyan(text),
  };
}
