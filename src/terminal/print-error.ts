import type { NubesError } from '../errors.ts';
import { inOneLine } from '../hints.ts';
import { clean } from './clean.ts';
import type { Terminal } from './terminal.ts';

/** Prints an error on stderr; resolves when the stream has accepted it. */
export async function printError(error: NubesError, terminal: Terminal): Promise<void> {
  const { message, hint } = error;
  const { red } = terminal.stderrPalette;
  await terminal.printSentences(
    [
      { label: red('error:'), text: message },
      ...(hint?.split('\n') ?? []).map((text) => ({ label: 'hint:', text })),
    ],
    linesAfter(error, terminal),
  );
}

/** The request id, which is pasted, so that it stays on one line; with JSON output also a line of JSON. */
function linesAfter(error: NubesError, terminal: Terminal): readonly string[] {
  const { requestId } = error;
  const { dim } = terminal.stderrPalette;
  return [
    ...(requestId === undefined ? [] : [dim(`request id: ${clean(requestId)}`)]),
    ...(isJson(terminal) ? [JSON.stringify({ error: errorData(error) })] : []),
  ];
}

/** The JSON form of an error, on stderr and in the results of a batch. */
export function errorData({ code, exit, message, hint, requestId }: NubesError): ErrorData {
  return {
    code,
    exit,
    message: clean(message),
    hint: hint === undefined ? null : clean(inOneLine(hint)),
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
