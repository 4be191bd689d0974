import { cancellation } from '../errors.ts';
import type { InputStream, World } from '../world.ts';
import { clean } from './clean.ts';
import { cannotAsk, matching, maxChoices, type WhileAsking } from './question.ts';
import type { Choice, Questions } from './terminal.ts';

/** Questions as lines, for terminals that cannot move their cursor (TERM is dumb), and for screen readers. */
export function openPlainQuestions(
  world: World,
  whyNotInteractive: () => string | undefined,
  whileAsking: WhileAsking,
): Questions {
  const print = (text: string) => void world.stderr.write(`${clean(text)}\n`);
  const readLine = (prompt: string, isHidden = false) => {
    world.stderr.write(`${clean(prompt)} `);
    return lineOf(world, isHidden);
  };
  const ask = <Answer>(
    { message, flag }: { readonly message: string; readonly flag: string },
    work: () => Promise<Answer>,
  ): Promise<Answer> => {
    const reason = whyNotInteractive();
    if (reason !== undefined) throw cannotAsk(message, reason, flag);
    return whileAsking(work);
  };

  return {
    text: (question) =>
      ask(question, async () => {
        const { message, initial, problem, check } = question;
        const prompt =
          initial === undefined ? message : `${message.replace(/:$/, '')} (${initial}):`;
        for (;;) {
          const typed = (await readLine(prompt)) || (initial ?? '');
          const refusal = problem?.(typed.trim()) ?? (await check?.(typed.trim()));
          if (refusal === undefined) return typed;
          print(refusal);
        }
      }),
    password: (question) => ask(question, () => readLine(question.message, true)),
    confirm: (question) =>
      ask(question, async () => {
        const initial = question.initial ?? false;
        for (;;) {
          const typed = await readLine(`${question.message} ${initial ? '[Y/n]' : '[y/N]'}`);
          if (typed.trim() === '') return initial;
          if (/^y(es)?$/i.test(typed.trim())) return true;
          if (/^no?$/i.test(typed.trim())) return false;
          print('Type y or n.');
        }
      }),
    choose: (question) => ask(question, () => choose(question, { print, readLine })),
  };
}

/** A short list is numbered; of a long one, a part of the name is typed first. */
async function choose<Value>(
  { message, choices }: { readonly message: string; readonly choices: readonly Choice<Value>[] },
  { print, readLine }: Lines,
): Promise<Value> {
  let offered = choices;
  print(message);
  for (;;) {
    if (offered.length > maxChoices) {
      const typed = await readLine(`Type a part of one of ${offered.length}:`);
      const found = matching(choices, typed);
      if (found.length === 0) print('None of them has that.');
      else offered = found;
      continue;
    }
    for (const [index, row] of offered.entries()) print(rowOf(row, index + 1));
    const typed = (await readLine('Number:')).trim();
    const chosen = /^\d+$/.test(typed) ? offered[Number(typed) - 1] : undefined;
    if (chosen?.disabled !== undefined) print(`This one cannot be chosen: ${chosen.disabled}.`);
    else if (chosen !== undefined) return chosen.value;
    else if (offered !== choices && typed === '') offered = choices;
    else print(`Type a number from 1 to ${offered.length}.`);
  }
}

interface Lines {
  readonly print: (text: string) => void;
  readonly readLine: (prompt: string) => Promise<string>;
}

function rowOf({ name, disabled, description }: Choice<unknown>, number: number): string {
  const more = disabled ?? description;
  return `  ${number}  ${name}${more === undefined ? '' : ` (${more})`}`;
}

const [ctrlC, ctrlD] = ['\u0003', '\u0004'];

/** One line of stdin. The terminal edits and shows it, unless it is hidden. Throws CANCELLED on Ctrl-C and Ctrl-D. */
function lineOf({ stdin, stderr, interrupted }: World, isHidden: boolean): Promise<string> {
  const decoder = new TextDecoder();
  let line = '';
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      interrupted.removeEventListener('abort', onEnd);
      if (isHidden) stdin.setRawMode?.(false);
      stdin.pause();
      settle();
    };
    const onEnd = () => {
      stderr.write('\n');
      end(() => reject(cancellation(interrupted)));
    };
    const onData = (chunk: Uint8Array) => {
      const text = decoder.decode(chunk, { stream: true });
      const characters = [...text];
      for (const [index, character] of characters.entries()) {
        if (character === ctrlC || character === ctrlD) return onEnd();
        if (character === '\r' || character === '\n') {
          if (isHidden) stderr.write('\n');
          end(() => resolve(line));
          putBack(stdin, characters.slice(index + 1).join(''));
          return;
        }
        line = isHidden && isErasing(character) ? line.replace(/.$/u, '') : line + character;
      }
    };
    if (interrupted.aborted || stdin.readableEnded || stdin.destroyed) return onEnd();
    interrupted.addEventListener('abort', onEnd);
    stdin.on('end', onEnd);
    if (isHidden) stdin.setRawMode?.(true);
    stdin.on('data', onData);
    stdin.resume();
  });
}

function isErasing(character: string): boolean {
  return character === '\u007f' || character === '\b';
}

/** What was typed ahead answers the next question. */
function putBack(stdin: InputStream, text: string): void {
  if (text !== '') stdin.unshift(Buffer.from(text));
}
