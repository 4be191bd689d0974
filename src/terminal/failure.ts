import type { NubesError } from '../errors.ts';
import { clean } from './clean.ts';
import type { Terminal } from './terminal.ts';

/** Tells an error on stderr; resolves when the stream has taken it. */
export async function fail(error: NubesError, terminal: Terminal): Promise<void> {
  await terminal.complain(errorLines(error, terminal));
}

/** The sentence, the hint, the request id; with JSON output also one JSON line. */
function errorLines(error: NubesError, terminal: Terminal): string {
  const { red, dim } = terminal.talkPalette;
  const { hint, requestId } = error;
  const lines = [`${red('error:')} ${clean(error.message)}`];
  if (hint !== undefined) lines.push(`hint: ${clean(hint)}`);
  if (requestId !== undefined) lines.push(dim(`request id: ${clean(requestId)}`));
  if (isJson(terminal)) lines.push(JSON.stringify({ error: errorData(error) }));
  return lines.join('\n');
}

/** An error as JSON readers get it, here and in the items of a batch. */
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
