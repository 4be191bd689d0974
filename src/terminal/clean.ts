import { stripVTControlCharacters } from 'node:util';
import type { Text } from './report.ts';

/** Control characters, and the characters that change the text direction or are invisible. */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const printableAscii = /^[ -~]*$/;
const lineBreaks = /[\t\n\r\u000b\u000c\u0085\u2028\u2029]+/g;
/** The SGR codes that `Palette` writes; all other escape sequences are removed. */
export const paletteCodes = /(\u001b\[(?:1|2|22|31|32|35|39)m)/;
/** Of one value or message. */
const maxCharacters = 4_000;
/** Of a line, which may be one of a log. */
const maxLineCharacters = 64 * 1024;

/** Untrusted text as one line of bounded length without escape sequences and control characters. */
export function clean(text: string): string {
  return cut(cleanPart(text), maxCharacters);
}

/** Like `clean`, but keeps the colours of `Palette` if `colour` is true. */
export function cleanColoured(text: string, colour: boolean): string {
  return cut(betweenCodes(text, colour, cleanPart), maxCharacters);
}

/** Text for a stream: each line like `cleanColoured`, but with its tabs, and a line feed at its end. */
export function cleanText(text: Text, colour: boolean): string {
  if (text === '') return '';
  const lines = typeof text === 'string' ? [text] : text;
  return lines.map((line) => `${cleanLine(line, colour)}\n`).join('');
}

function cleanLine(line: string, colour: boolean): string {
  const parts = cut(line, maxLineCharacters).split('\t');
  return parts.map((part) => betweenCodes(part, colour, cleanPart)).join('\t');
}

/** The same data with each of its texts cleaned: for people, as JSON output is exact. */
export function cleanData<Data>(data: Data): Data {
  if (typeof data === 'string') return clean(data) as Data;
  if (Array.isArray(data)) return data.map(cleanData) as Data;
  if (typeof data !== 'object' || data === null) return data;
  if (Object.getPrototypeOf(data) !== Object.prototype) return data;
  const entries = Object.entries(data).map(([key, value]) => [clean(key), cleanData(value)]);
  return Object.fromEntries(entries) as Data;
}

function cleanPart(text: string): string {
  // Nearly all text, and the first use of the other patterns takes milliseconds.
  if (printableAscii.test(text)) return text;
  return stripVTControlCharacters(text).replace(lineBreaks, ' ').replace(unprintable, '');
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function betweenCodes(text: string, colour: boolean, change: (part: string) => string): string {
  if (!colour) return change(text);
  return text
    .split(paletteCodes)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('');
}
