import { stripVTControlCharacters } from 'node:util';

/** Control characters, and the characters that change the text direction or are invisible. */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const lineBreaks = /[\t\n\r\u0085\u2028\u2029]+/g;
/** The SGR codes that `Palette` writes; all other escape sequences are removed. */
const paletteCodes = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/;

/** Untrusted text as one line without escape sequences, control characters and line breaks. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(lineBreaks, ' ').replace(unprintable, '');
}

/** Like `clean`, but keeps line breaks and tabs. */
export function cleanLines(text: string): string {
  return text
    .split(/(\r?\n|\t)/)
    .map((part) => (part === '\n' || part === '\t' ? part : part === '\r\n' ? '\n' : clean(part)))
    .join('');
}

/** Like `clean`, but keeps the colours of `Palette` if `colour` is true. */
export function cleanColoured(text: string, colour: boolean): string {
  return betweenCodes(text, colour, clean);
}

/** Like `cleanLines`, but keeps the colours of `Palette` if `colour` is true. */
export function cleanColouredLines(text: string, colour: boolean): string {
  return betweenCodes(text, colour, cleanLines);
}

function betweenCodes(text: string, colour: boolean, cleanPart: (part: string) => string): string {
  if (!colour) return cleanPart(text);
  return text
    .split(paletteCodes)
    .map((part, index) => (index % 2 === 1 ? part : cleanPart(part)))
    .join('');
}
