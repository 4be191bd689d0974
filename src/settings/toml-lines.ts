/** A statement of a TOML text; `start`, `valueStart` and `end` are character offsets. */
export interface Statement {
  readonly kind: 'table' | 'value';
  /** The full path, with that of the section. */
  readonly path: readonly string[];
  readonly line: number;
  readonly start: number;
  /** Start of the value, or of the header; `end` excludes comments. */
  readonly valueStart: number;
  readonly end: number;
}

/** The statements of a valid TOML text; an inline table is one statement. */
export function statementsOf(text: string): readonly Statement[] {
  const statements: Statement[] = [];
  let section: readonly string[] = [];
  let at = skipBlank(text, 0);
  let line = 1 + lineBreaks(text, 0, at);
  while (at < text.length) {
    const isTable = text[at] === '[';
    const keyEnd = endOfKey(text, isTable ? skipBrackets(text, at) : at, isTable ? ']' : '=');
    const keyPath = splitKey(text.slice(at, keyEnd));
    const valueStart = isTable ? at : skipSpaces(text, keyEnd + 1);
    const end = endOfValue(text, valueStart);
    if (isTable) section = keyPath;
    statements.push({
      kind: isTable ? 'table' : 'value',
      path: isTable ? keyPath : [...section, ...keyPath],
      line,
      start: at,
      valueStart,
      end,
    });
    const next = skipBlank(text, Math.max(end, at + 1));
    line += lineBreaks(text, at, next);
    at = next;
  }
  return statements;
}

/** Finds the line (from 1) of a path, or of the inline table or header that contains it; reads the text once. */
export function lineFinder(text: string): (path: readonly string[]) => number | undefined {
  let lines: ReadonlyMap<string, number> | undefined;
  return (path) => {
    lines ??= firstLines(text);
    for (let length = path.length; length >= 0; length -= 1) {
      const line = lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  };
}

function firstLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const { path, line } of statementsOf(text)) {
    const key = JSON.stringify(path);
    if (!lines.has(key)) lines.set(key, line);
  }
  return lines;
}

function lineBreaks(text: string, from: number, to: number): number {
  return text.slice(from, to).split('\n').length - 1;
}

/** The parts of `a."b.c".d`, with or without brackets around it. */
function splitKey(key: string): string[] {
  const parts = key.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+/g) ?? [];
  return parts.map(unquote);
}

function unquote(part: string): string {
  if (part.startsWith("'")) return part.slice(1, -1);
  if (!part.startsWith('"')) return part;
  try {
    return String(JSON.parse(part));
  } catch {
    return part.slice(1, -1);
  }
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    if (text[at] === '#') at = endOfLine(text, at);
    else if (/\s/.test(text[at] ?? '')) at += 1;
    else break;
  }
  return at;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

function skipBrackets(text: string, from: number): number {
  let at = from;
  while (text[at] === '[') at += 1;
  return at;
}

function endOfKey(text: string, from: number, terminator: string): number {
  let at = from;
  while (at < text.length && text[at] !== terminator) {
    at = text[at] === '"' || text[at] === "'" ? endOfString(text, at) : at + 1;
  }
  return at;
}

/** The offset after a value, which may contain brackets, strings and comments. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"' || character === "'") at = endOfString(text, at) - 1;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    else if (depth === 0 && (character === '#' || character === '\n')) break;
    else if (character === '#') at = endOfLine(text, at) - 1;
  }
  return from + text.slice(from, at).trimEnd().length;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function endOfString(text: string, from: number): number {
  const quote = text[from] ?? '';
  const delimiter = text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote;
  let at = from + delimiter.length;
  while (at < text.length && !text.startsWith(delimiter, at)) {
    at += quote === '"' && text[at] === '\\' ? 2 : 1;
  }
  at += delimiter.length;
  // The closing three quotes may follow one or two quotes of the string.
  while (delimiter.length === 3 && text[at] === quote) at += 1;
  return at;
}
