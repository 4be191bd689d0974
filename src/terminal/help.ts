import type { Screen } from '../world.ts';
import { asciiWidth } from './measure.ts';
import { wrap } from './wrap.ts';

/** commander leaves lines of examples, and all of a narrow terminal, to the terminal, which breaks within words. */
export function wrapHelp(text: string, { isTTY, columns = 0 }: Screen): string {
  if (isTTY !== true || columns === 0) return text;
  const broken = (line: string): readonly string[] => {
    const words = line.trimStart();
    const indent = ' '.repeat(line.length - words.length + 2);
    if (line.length <= columns) return [line];
    const [, term, about] = /^( +\S.*?) {2,}(\S.*)$/.exec(line) ?? [];
    if (term !== undefined && about !== undefined) {
      return [...broken(term), ...broken(`${indent}${about}`)];
    }
    return wrap(indent.slice(3), words, { columns, indent, width: asciiWidth });
  };
  return text.split('\n').flatMap(broken).join('\n');
}
