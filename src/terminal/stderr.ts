import type { OutputStream } from '../world.ts';
import { clean, cleanText } from './clean.ts';
import { asciiWidth, isAscii, measure } from './measure.ts';
import type { Text } from './report.ts';
import { write } from './streams.ts';
import { wrap } from './wrap.ts';

/** Prints on stderr; a failed write is ignored, as stdout and the exit code hold the result. */
export interface Stderr {
  /** Lines as they are. */
  readonly print: (text: Text) => Promise<void>;
  /** Sentences, which a terminal does not break within a word or command; then lines as they are. */
  readonly printSentences: (
    sentences: readonly Sentence[],
    linesAfter?: readonly string[],
  ) => Promise<void>;
  /** Resolves when everything so far is written. */
  readonly printed: () => Promise<void>;
}

/** `error: …`, with the label in its colour; or without one. */
export interface Sentence {
  readonly label: string;
  readonly text: string;
  /** Before each line but the first; two spaces by default. */
  readonly indent?: string | undefined;
}

/** What waits until string-width is loaded; whatever is printed after it waits as well. */
const waiting = new WeakMap<OutputStream, Promise<void>>();

export function openStderr(stream: OutputStream, colour: boolean): Stderr {
  const put = (lines: readonly string[]) => write(stream, cleanText(lines, colour)).catch(() => {});
  const putLater = async (lines: readonly string[] | Promise<readonly string[]>) => {
    const before = waiting.get(stream);
    const turn = Promise.all([lines, before]).then(([known]) => put(known));
    waiting.set(stream, turn);
    await turn;
    if (waiting.get(stream) === turn) waiting.delete(stream);
  };
  const print = (lines: readonly string[]) => (waiting.has(stream) ? putLater(lines) : put(lines));
  return {
    print: (text) => print(typeof text === 'string' ? [text] : text),
    printSentences: (sentences, linesAfter = []) => {
      const texts = sentences.map(({ text }) => clean(text));
      const columns = endOfLine(stream);
      const lines = (width: typeof asciiWidth) => [
        ...sentences.flatMap(({ label, indent = '  ' }, at) => {
          const text = texts[at] ?? '';
          if (columns === undefined) return [label === '' ? text : `${label} ${text}`];
          return wrap(label, text, { columns, indent, width });
        }),
        ...linesAfter,
      ];
      const isMeasured = columns === undefined || texts.every(isAscii);
      return isMeasured ? print(lines(asciiWidth)) : putLater(measure(texts).then(lines));
    },
    printed: async () => waiting.get(stream),
  };
}

/** The columns of a terminal; undefined if the stream is none, or does not know. */
function endOfLine({ isTTY, columns = 0 }: OutputStream): number | undefined {
  return isTTY === true && columns > 0 ? columns : undefined;
}
