import type { Value } from './kinds.ts';
import { type Statement, statementsOf } from './toml-lines.ts';

/** The text with `path` set to a value: changes or adds one line and keeps everything else. */
export function setInText(text: string, path: readonly string[], value: Value): string {
  const statements = statementsOf(text);
  const existing = statements.find((each) => each.kind === 'value' && same(each.path, path));
  if (existing !== undefined) {
    return text.slice(0, existing.valueStart) + valueText(value) + text.slice(existing.end);
  }
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const line = `${keyText(path.at(-1) ?? '')} = ${valueText(value)}${lineBreak}`;
  const section = path.slice(0, -1);
  const last = lastOfSection(statements, section);
  if (last !== undefined) return insertAfterLine(text, last.end, line, lineBreak);
  if (section.length === 0) return line + (text === '' ? '' : lineBreak) + text;
  const gap = text === '' ? '' : lineBreak;
  const header = `[${section.map(keyText).join('.')}]${lineBreak}`;
  return withFinalBreak(text, lineBreak) + gap + header + line;
}

/** The text without the line (or lines) of `path`; undefined if it has none. */
export function unsetInText(text: string, path: readonly string[]): string | undefined {
  const found = statementsOf(text).find((each) => each.kind === 'value' && same(each.path, path));
  if (found === undefined) return undefined;
  const lineStart = text.lastIndexOf('\n', found.start) + 1;
  return text.slice(0, lineStart) + text.slice(afterLine(text, found.end));
}

/** The last value of a section, or its header; at top level the last value before the first header. */
function lastOfSection(
  statements: readonly Statement[],
  section: readonly string[],
): Statement | undefined {
  const isHeader = (each: Statement) => each.kind === 'table';
  const header = statements.findIndex((each) => isHeader(each) && same(each.path, section));
  if (header === -1 && section.length > 0) return undefined;
  const after = statements.slice(header + 1);
  const next = after.findIndex(isHeader);
  const values = next === -1 ? after : after.slice(0, next);
  return values.at(-1) ?? statements[header];
}

function insertAfterLine(text: string, position: number, line: string, lineBreak: string): string {
  const at = afterLine(text, position);
  return withFinalBreak(text.slice(0, at), lineBreak) + line + text.slice(at);
}

function afterLine(text: string, position: number): number {
  const end = text.indexOf('\n', position);
  return end === -1 ? text.length : end + 1;
}

function withFinalBreak(text: string, lineBreak: string): string {
  return text === '' || text.endsWith('\n') ? text : text + lineBreak;
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index]);
}

function keyText(part: string): string {
  return /^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part);
}

/** Strings without control characters, numbers and lists are the same in JSON and TOML. */
export function valueText(value: Value): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
}
