import type { Measure } from './measure.ts';
import { piecesOf } from './pieces.ts';

export interface WrapOptions {
  readonly columns: number;
  /** Before each line but the first. */
  readonly indent: string;
  readonly width: Measure;
}

/** In less, a line holds one word or two, and no longer word at all. */
const minColumns = 20;
/** Narrower terminals have no room for a deep indent. */
const minIndentedColumns = 40;
const shallow = 2;

/** A text after its head, which may be empty, broken between words and never within a command; what is longer than a line is left to the terminal. */
export function wrap(
  head: string,
  text: string,
  { columns, indent: wanted, width }: WrapOptions,
): readonly string[] {
  const whole = head === '' ? text : `${head} ${text}`;
  if (columns < minColumns || width(whole) <= columns) return [whole];
  const indent = columns < minIndentedColumns ? wanted.slice(0, shallow) : wanted;
  const lines: string[] = [];
  let line = head;
  for (const piece of piecesOf(text)) {
    const longer = line === '' ? piece : `${line} ${piece}`;
    const ownLine = `${indent}${piece}`;
    // A line of its own is no help to the first piece if it is too long for that as well.
    if (width(longer) <= columns || (line === head && width(ownLine) > columns)) {
      line = longer;
      continue;
    }
    lines.push(line.trimEnd());
    line = ownLine;
  }
  return [...lines, line];
}
