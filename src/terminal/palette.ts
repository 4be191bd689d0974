import { Chalk } from 'chalk';
import type { GlobalFlags, OutputStream, World } from '../world.ts';

/** Colours and styles; each returns its text unchanged if colour is off. */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** Colours for a stream; the first of `--no-color`, NO_COLOR, FORCE_COLOR and isTTY that is set decides. */
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
  // Not `bold: chalk.bold`: chalk joins all its arguments, and `map` passes three.
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    cyan: (text) => chalk.cyan(text),
  };
}
