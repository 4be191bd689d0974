/**
 * A shell line that makes a variable its last line, fit for one line of the console: what a program has said
 * is hostile text. Never by echo, which in Debian's sh makes line feeds of `\n`.
 */
export function lastLine(variable: string): string {
  const text = `printf '%s\\n' "$${variable}"`;
  return `  ${variable}=$(${text} | tail -n 1 | LC_ALL=C tr -cd '[:print:]' | cut -c 1-180)`;
}
