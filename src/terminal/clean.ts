import { stripVTControlCharacters } from 'node:util';

/** Controls, and the marks that turn the writing direction or hide characters. */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const lineBreaks = /[\t\n\r\u0085\u2028\u2029]+/g;
/** The colour codes that a palette writes; no other escape sequence passes. */
const paletteCodes = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/;

/** Text from outside as one harmless line: no escape sequences, no control characters, no line breaks. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(lineBreaks, ' ').replace(unprintable, '');
}

/** The same for text of several lines: line breaks and tabs stay. */
export function cleanLines(text: string): string {
  return text
    .split(/(\r?\n|\t)/)
    .map((part) => (part === '\n' || part === '\t' ? part : part === '\r\n' ? '\n' : clean(part)))
    .join('');
}

/** One harmless line that keeps the palette's own colours, where `colour` says so. */
export function cleanColoured(text: string, colour: boolean): string {
  return betweenCodes(text, colour, clean);
}

/** Harmless lines that keep the palette's own colours, where `colour` says so. */
export function cleanColouredLines(text: string, colour: boolean): string {
  return betweenCodes(text, colour, cleanLines);
}

function betweenCodes(text: string, colour: boolean, tidy: (part: string) => string): string {
  if (!colour) return tidy(text);
  return text
    .split(paletteCodes)
    .map((part, index) => (index % 2 === 1 ? part : tidy(part)))
    .join('');
}
