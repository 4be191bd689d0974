/** The shells whose command lines are written. */
export type CommandShell = 'posix' | 'powershell' | 'cmd';

/** A command line that the shell reads back as exactly these words. */
export function commandLine(argv: readonly string[], shell: CommandShell): string {
  const [program = '', ...rest] = argv.map(quoting[shell]);
  const called = shell === 'powershell' && program.startsWith("'") ? `& ${program}` : program;
  return [called, ...rest].join(' ');
}

const quoting: Readonly<Record<CommandShell, (word: string) => string>> = {
  posix: posixQuoted,
  powershell: powershellQuoted,
  cmd: cmdQuoted,
};

function posixQuoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Single quotes keep all but themselves. A program started from PowerShell gets its words by Windows'
 * own rules, which take a bare double quote away, so those are escaped too.
 */
function powershellQuoted(word: string): string {
  if (/^[A-Za-z0-9_+=:./\\-]+$/.test(word) && !word.startsWith('-')) return word;
  if (/^-{1,2}[A-Za-z]*$/.test(word)) return word;
  return `'${escapedForWindows(word).replaceAll("'", "''")}'`;
}

/**
 * Double quotes for Windows' rules. Where cmd itself would see a double quote or a variable in between,
 * each of its characters gets a `^`, also the outer quotes, so that it never takes anything as quoted.
 */
function cmdQuoted(word: string): string {
  if (/^[A-Za-z0-9_@+=:,./\\-]+$/.test(word)) return word;
  const quoted = `"${escapedForWindows(word)}"`;
  return /["%]/.test(word) ? quoted.replace(/[()%!^"<>&|]/g, '^$&') : quoted;
}

/** Windows' rule for words: `\"` is a double quote, and backslashes count only before one. */
function escapedForWindows(word: string): string {
  return word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1');
}
