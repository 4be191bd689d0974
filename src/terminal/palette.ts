import { Chalk } from 'chalk';
import type { GlobalFlags, OutputStream, World } from '../world.ts';
import { wantsColour } from './colour.ts';

/**
 * Colours and styles; each returns its text unchanged if colour is off. Words are in red or magenta only, which most light
 * and dark themes show well; green is for marks beside words.
 */
export interface Palette {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly magenta: (text: string) => string;
}

export function paletteFor(stream: OutputStream, world: World, flags: GlobalFlags): Palette {
  return paletteOf(wantsColour(stream, world, flags));
}

function paletteOf(colour: boolean): Palette {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  // Not `bold: chalk.bold`: chalk joins all its arguments, and `map` passes three.
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    magenta: (text) => chalk.magenta(text),
  };
}
