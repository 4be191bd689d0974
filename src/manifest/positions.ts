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

/** Input in a form that is safe to quote in a message. */
export function printable(text: string): string {
  const plain = text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '?');
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain;
}
