import { type CommandWords, everyCommand } from './completions/words.ts';

/** The text of a man page, in the macros that every man knows, by the name of its file. */
export async function manPages(
  program: CommandWords,
  helpOf: (path: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const commands = everyCommand(program);
  const names = commands.map(({ path }) => pageName(path));
  const pages = await Promise.all(
    commands.map(async ({ path, about }): Promise<[string, string]> => {
      const name = pageName(path);
      const summary = path === '' ? 'named Jupyter notebook VMs on OpenStack' : about;
      const related = path === '' ? names.filter((each) => each !== name) : ['nubes-nb'];
      return [`${name}.1`, page(name, summary, await helpOf(path), related)];
    }),
  );
  return new Map(pages);
}

function pageName(path: string): string {
  return ['nubes-nb', ...path.split(' ').filter((word) => word !== '')].join('-');
}

function page(name: string, summary: string, help: string, related: readonly string[]): string {
  const [usage = '', ...blocks] = help
    .replace(/\nGlobal flags: .*\n$/, '\n')
    .trimEnd()
    // The root's groups of commands follow each other without an empty line.
    .replaceAll(/\n(?=\S.*:\n)/g, '\n\n')
    .split(/\n{2,}/);
  const isOwnSummary = (block: string) => block === summary;
  return [
    `.TH ${upper(name)} 1 "" nubes\\-nb "nubes\\-nb manual"`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(summary)}`,
    '.SH SYNOPSIS',
    ...synopsis(usage),
    ...blocks.filter((block) => !isOwnSummary(block)).flatMap(section),
    '.SH "SEE ALSO"',
    ...related.map((each, at) => {
      const comma = at < related.length - 1 ? ' ,' : '';
      return `.BR ${escaped(each)} (1)${comma}`;
    }),
    '',
  ].join('\n');
}

/** Several forms of a call are lines of their own. */
function synopsis(usage: string): string[] {
  const [first = '', ...others] = usage.replace(/^Usage: /, '').split('\n');
  return [first, ...others.flatMap((line) => ['.br', line.trim()])].map((line) =>
    line === '.br' ? line : escaped(line),
  );
}

/** A block of the help: a heading with items, a heading with text as it is, or a paragraph. */
function section(block: string): string[] {
  const [first = '', ...lines] = block.split('\n');
  if (!first.endsWith(':')) {
    const [, heading, text = block] = /^(Exit codes): ([\s\S]*)$/.exec(block) ?? [];
    const title = heading === undefined ? 'NOTES' : upper(heading);
    return [`.SH "${title}"`, ...text.split('\n').map(escaped)];
  }
  const title = `.SH "${upper(first.slice(0, -1))}"`;
  const isVerbatim = /^(Examples?|A manifest):$/.test(first);
  return [title, ...(isVerbatim ? verbatim(lines) : items(lines))];
}

function verbatim(lines: readonly string[]): string[] {
  return ['.nf', ...lines.map((line) => escaped(line.replace(/^ {2}/, ''))), '.fi'];
}

/** `  term  text`, which more indented lines continue. The text of a long term begins at the same place. */
function items(lines: readonly string[]): string[] {
  const column = Math.max(
    ...lines.map((line) => /^ {2}\S.*? {2,}(?=\S)/.exec(line)?.[0].length ?? 0),
  );
  return lines.flatMap((line) => {
    if (line.startsWith('   ')) return [escaped(line.trim())];
    const [term, text] = [line.slice(0, column), line.slice(column)];
    const isBeside = column > 0 && term.endsWith(' ');
    const [left, right] = isBeside ? [term.trim(), text] : [line.trim(), ''];
    return ['.TP', `\\fB${escaped(left)}\\fR`, ...(right === '' ? [] : [escaped(right)])];
  });
}

function upper(text: string): string {
  return escaped(text.toUpperCase());
}

/** A hyphen of roff may become a typographic one, and a line that begins with `.` or `'` is a request. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^\./, '\\&.');
}
