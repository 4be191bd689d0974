import type { Measure } from './measure.ts';

export interface WrapOptions {
  readonly columns: number;
  /** Before each line but the first. */
  readonly indent: string;
  readonly width: Measure;
}

/** In less, lines of two or three words are no easier to read than broken ones. */
const minColumns = 40;
/** A command, which may be pasted from here, or any other word. */
const pieces = /(?:nubes-nb|openssl|ssh-add|ssh-keygen|sudo)(?: [^\s,;:()]+)+\S*|\S+/g;

/** A text after its head, broken between words; a word that is longer than a line is left to the terminal. */
export function wrap(
  head: string,
  text: string,
  { columns, indent, width }: WrapOptions,
): readonly string[] {
  const whole = `${head} ${text}`;
  if (columns < minColumns || width(whole) <= columns) return [whole];
  const lines: string[] = [];
  let line = head;
  for (const piece of text.match(pieces) ?? []) {
    const longer = `${line} ${piece}`;
    if (line === head || width(longer) <= columns) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = `${indent}${piece}`;
  }
  return [...lines, line];
}
