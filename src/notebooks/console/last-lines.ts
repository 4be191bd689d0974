/** The last lines of a console's text, at most so many; it may end within a line. */
export function lastLines(text: string, max: number): readonly string[] {
  if (text === '') return [];
  return text
    .replace(/\r?\n?$/, '')
    .split(/\r?\n/)
    .slice(-max);
}
