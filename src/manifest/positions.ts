/** A line that somebody has written, and where: `stdin, line 17`. */
export interface Line {
  readonly text: string;
  readonly place: string;
}

/** All lines of a text, whatever ends them. */
export function linesIn(text: string, source: string): Line[] {
  return withoutMark(text)
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ text: line, place: `${source}, line ${index + 1}` }));
}

/** Windows' editors put a byte order mark first. */
export function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

/** What was written, for a message. */
export function printable(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain;
}
