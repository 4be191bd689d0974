/** A line of input; `position` is for messages: `stdin, line 17`. */
export interface Line {
  readonly text: string;
  readonly position: string;
}

/** The lines of a text with LF, CRLF or CR line ends. */
export function linesIn(text: string, source: string): Line[] {
  return withoutBom(text)
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ text: line, position: `${source}, line ${index + 1}` }));
}

/** Editors on Windows may write a byte order mark first. */
export function withoutBom(text: string): string {
  return text.replace(/^\ufeff/, '');
}

/**
 * Remembers where each value stands. Returns both positions of one that was there before:
 * `people.csv, line 2 and people.csv, line 5`.
 */
export function repetition(): (value: string, position: string) => string | undefined {
  const seen = new Map<string, string>();
  return (value, position) => {
    const earlier = seen.get(value);
    if (earlier === undefined) seen.set(value, position);
    if (earlier === undefined || earlier === position) return earlier;
    return `${earlier} and ${position}`;
  };
}

/** Input in a form that is safe to quote in a message. */
export function printable(text: string): string {
  const plain = text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '?');
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain;
}
