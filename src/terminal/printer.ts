import type { GlobalFlags } from '../world.ts';
import { clean, cleanText } from './clean.ts';
import { measure } from './measure.ts';
import { type ItemReport, type Line, type Report, type Text, wholeLine } from './report.ts';
import { drawTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { wrap } from './wrap.ts';

/** Rows of NDJSON in one write: text of all 1,000 rows of a page would take as much memory as the page. */
const rowsAtOnce = 100;

/** What is printed of a report: the result on stdout, then lines for people on stderr. */
interface Rendered {
  readonly result: string;
  readonly notes?: readonly string[];
}

/** The report in the selected output format. */
export async function render(
  report: Report,
  terminal: Terminal,
  flags: GlobalFlags,
  colour: boolean,
): Promise<Rendered> {
  if (report.alreadyPrinted === true) return { result: '' };
  if (terminal.output === 'json') return { result: `${toJson(report.data, 2)}\n` };
  if (terminal.output === 'ndjson') return { result: toLines(report.data) };
  const namesOnly = terminal.output === 'name' || flags.quiet === true;
  if (namesOnly && report.names !== undefined) {
    return { result: report.names.map(nameLine).join('') };
  }
  if (
    report.text !== undefined &&
    (report.table === undefined || (flags.columns === undefined && terminal.output !== 'csv'))
  ) {
    return { result: cleanText(await wrapped(report.text(terminal), terminal), colour) };
  }
  if (report.table === undefined) return { result: '' };
  if (terminal.output === 'csv') {
    const { toCsv } = await import('./csv.ts');
    return { result: toCsv(report.table, terminal, flags) };
  }
  return renderTable(report.table, terminal, flags, colour);
}

/** A list in parts: as NDJSON each when it is known; a JSON array only when all are known, so that it is complete. */
export async function* renderParts(
  parts: AsyncIterable<readonly unknown[]>,
  { output }: Terminal,
): AsyncGenerator<string | Uint8Array> {
  if (output === 'ndjson') {
    for await (const part of parts) {
      for (let at = 0; at < part.length; at += rowsAtOnce) {
        yield toLines(part.slice(at, at + rowsAtOnce));
      }
    }
    return;
  }
  // Their text takes less memory than the notebooks, and as bytes it is not copied again.
  const texts: Uint8Array[] = [];
  for await (const part of parts) {
    if (part.length > 0) texts.push(Buffer.from(toJson(part, 2).slice(2, -2)));
  }
  if (texts.length === 0) yield '[]\n';
  for (const [at, text] of texts.entries()) {
    yield at === 0 ? '[\n' : ',\n';
    yield text;
  }
  if (texts.length > 0) yield '\n]\n';
}

/** The same for one of many results. */
export async function renderItem(
  { data, name, text }: ItemReport,
  terminal: Terminal,
  flags: GlobalFlags,
  colour: boolean,
): Promise<string> {
  if (terminal.output === 'json' || terminal.output === 'ndjson') return `${toJson(data)}\n`;
  const namesOnly = terminal.output === 'name' || flags.quiet === true;
  if (namesOnly) return name === undefined ? '' : nameLine(name);
  const shown = text(terminal);
  const lines = typeof shown === 'string' ? [{ text: shown }] : shown;
  return cleanText(await wrapped(lines, terminal), colour);
}

/** The lines for a terminal of this width, or as they are. */
async function wrapped(
  text: string | readonly Line[],
  { isTty, width: columns }: Terminal,
): Promise<Text> {
  if (typeof text === 'string') return text;
  const whole = text.map(wholeLine);
  if (!isTty || text.every((line) => typeof line === 'string')) return whole;
  const width = await measure(whole);
  return text.flatMap((line) => {
    if (typeof line === 'string') return [line];
    const { head = '', text: words, indent = '  ' } = line;
    return wrap(head, words, { columns, indent, width });
  });
}

async function renderTable(
  table: NonNullable<Report['table']>,
  terminal: Terminal,
  flags: GlobalFlags,
  colour: boolean,
): Promise<Rendered> {
  const isEmpty = table.rows.length === 0 && table.empty !== undefined;
  const { text, leftOut } = await drawTable(table, terminal, {
    chosen: flags.columns,
    header: flags.header !== false && !isEmpty,
    colour,
  });
  const notes = [
    ...(isEmpty ? [table.empty ?? ''] : []),
    ...(leftOut.length > 0 ? [tooNarrow(leftOut)] : []),
    ...(terminal.isTty ? (table.hints ?? []) : []),
  ];
  return { result: text, notes };
}

function tooNarrow(leftOut: readonly string[]): string {
  return `The terminal is too narrow for ${leftOut.join(', ')}; -c or a pipe shows ${leftOut.length === 1 ? 'it' : 'them'}.`;
}

function toLines(data: unknown): string {
  const items: readonly unknown[] = Array.isArray(data) ? data : [data];
  return items.map((item) => `${toJson(item)}\n`).join('');
}

/** JSON.stringify leaves C1 control characters as they are, but a terminal may interpret them. */
function toJson(data: unknown, indent?: number): string {
  return JSON.stringify(data ?? null, null, indent).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function nameLine(name: string): string {
  return `${clean(name)}\n`;
}
