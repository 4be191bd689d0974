import type { NubesError } from '../errors.ts';
import { clean } from './clean.ts';
import type { Terminal } from './terminal.ts';

/** Prints an error on stderr; resolves when the stream has accepted it. */
export async function printError(error: NubesError, terminal: Terminal): Promise<void> {
  const { red } = terminal.stderrPalette;
  await terminal.printSentence(red('error:'), error.message, linesAfter(error, terminal));
}

/** Hint and request id, which are pasted, so that they stay on one line; with JSON output also a line of JSON. */
function linesAfter(error: NubesError, terminal: Terminal): readonly string[] {
  const { hint, requestId } = error;
  const lines: string[] = [];
  if (hint !== undefined) lines.push(`hint: ${clean(hint)}`);
  if (requestId !== undefined) {
    lines.push(terminal.stderrPalette.dim(`request id: ${clean(requestId)}`));
  }
  if (isJson(terminal)) lines.push(JSON.stringify({ error: errorData(error) }));
  return lines;
}

/** The JSON form of an error, on stderr and in the results of a batch. */
export function errorData({ code, exit, message, hint, requestId }: NubesError): ErrorData {
  return {
    code,
    exit,
    message: clean(message),
    hint: hint === undefined ? null : clean(hint),
    requestId: requestId === undefined ? null : clean(requestId),
  };
}

export interface ErrorData {
  readonly code: string;
  readonly exit: number;
  readonly message: string;
  readonly hint: string | null;
  readonly requestId: string | null;
}

function isJson({ output }: Terminal): boolean {
  return output === 'json' || output === 'ndjson';
}
