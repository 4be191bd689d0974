export type CommandShell = 'posix' | 'powershell' | 'cmd';

/**
 * A command line that the shell splits into exactly these arguments. In hints for POSIX: PowerShell reads its quotes
 * alike, unless a path has a quote in it.
 */
export function commandLine(argv: readonly string[], shell: CommandShell = 'posix'): string {
  const [program = '', ...args] = argv.map(quote[shell]);
  const call = shell === 'powershell' && program.startsWith("'") ? `& ${program}` : program;
  return [call, ...args].join(' ');
}

const quote: Readonly<Record<CommandShell, (word: string) => string>> = {
  posix: quoteForPosix,
  powershell: quoteForPowershell,
  cmd: quoteForCmd,
};

function quoteForPosix(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Within single quotes only a single quote is special. The program then splits its command line by the
 * rules of Windows, which remove a bare double quote, so double quotes are escaped as well.
 */
function quoteForPowershell(word: string): string {
  if (/^[A-Za-z0-9_+=:./\\-]+$/.test(word) && !word.startsWith('-')) return word;
  if (/^-{1,2}[A-Za-z]*$/.test(word)) return word;
  return `'${escapeForWindows(word).replaceAll("'", "''")}'`;
}

/**
 * Double quotes by the rules of Windows. If the word has a double quote or a `%` in it, every character
 * that is special to cmd, the outer quotes included, gets a `^`, so that cmd never starts a quotation.
 */
function quoteForCmd(word: string): string {
  if (/^[A-Za-z0-9_@+=:,./\\-]+$/.test(word)) return word;
  const quoted = `"${escapeForWindows(word)}"`;
  return /["%]/.test(word) ? quoted.replace(/[()%!^"<>&|]/g, '^$&') : quoted;
}

/** For the C runtime of Windows, `\"` is a double quote, and backslashes are special only before one. */
function escapeForWindows(word: string): string {
  return word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1');
}
