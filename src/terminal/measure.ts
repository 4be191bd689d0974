import { paletteCodes } from './clean.ts';

/** The number of terminal columns that a text takes; the only measure of cells and lines. */
export type Measure = (text: string) => number;

/** Loads string-width only for non-ASCII text. The texts are clean, so only colours can be in them. */
export async function measure(texts: readonly string[]): Promise<Measure> {
  if (texts.every(isAscii)) return asciiWidth;
  const { default: stringWidth } = await import('string-width');
  return (text) => stringWidth(uncoloured(text));
}

export function isAscii(text: string): boolean {
  return /^[\u0020-\u007e\u001b]*$/.test(text);
}

export function asciiWidth(text: string): number {
  return uncoloured(text).length;
}

export function uncoloured(text: string): string {
  return text
    .split(paletteCodes)
    .filter((_, index) => index % 2 === 0)
    .join('');
}
