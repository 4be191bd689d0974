import { type NubesError, traceOf } from './errors.ts';
import { inOneLine } from './hints.ts';

/** An error for stderr without what prints the others, which could not be loaded. */
export function plainError(error: NubesError, argv: readonly string[]): string {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const { code, exit, message, hint, requestId } = error;
  const lines = [
    `error: ${message}`,
    ...(hint?.split('\n') ?? []).map((line) => `hint: ${line}`),
    ...(requestId === undefined ? [] : [`request id: ${requestId}`]),
  ];
  const data = {
    ...{ code, exit, message, requestId: requestId ?? null },
    hint: hint === undefined ? null : inOneLine(hint),
  };
  const trace = words.includes('--debug') ? traceOf(error) : undefined;
  return [
    ...lines.map((line) => line.replace(/\p{Cc}+/gu, ' ')),
    ...(wantsJson(words) ? [JSON.stringify({ error: data })] : []),
    ...(trace === undefined ? [] : [trace]),
    '',
  ].join('\n');
}

function wantsJson(words: readonly string[]): boolean {
  return words.some((word, at) => {
    const form = /^(?:-o|--output)$/.test(word) ? `-o${words[at + 1]}` : word;
    return /^(?:--json|(?:-o|--output=)(?:nd)?json)$/.test(form);
  });
}
