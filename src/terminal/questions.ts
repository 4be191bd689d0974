import { Writable } from 'node:stream';
import { cancellation, NubesError } from '../errors.ts';
import type { InputStream, OutputStream, World } from '../world.ts';
import { clean } from './clean.ts';
import type { Palette, Questions } from './terminal.ts';

/** Questions on stderr, answered on stdin. */
export function openQuestions(
  world: World,
  isInteractive: () => boolean,
  palette: Palette,
): Questions {
  const theme = themeOf(palette);
  const ask = async <Answer>(
    { message, flag }: { readonly message: string; readonly flag: string },
    put: (prompt: Prompt, message: string) => Promise<{ readonly answer: Answer }>,
  ): Promise<Answer> => {
    if (!isInteractive()) throw nobodyToAsk(message, flag);
    const closing = watchClosing(world.stdin);
    try {
      return (await put(await openPrompt(world, closing.signal), clean(message))).answer;
    } catch (error) {
      throw isEndOfPrompt(error) ? cancellation(world.interrupted) : error;
    } finally {
      closing.stop();
    }
  };

  return {
    text: (question) =>
      ask<string>(question, (prompt, message) =>
        prompt([{ type: 'input', name: 'answer', message, theme, ...initially(question.initial) }]),
      ),
    password: (question) =>
      ask<string>(question, (prompt, message) =>
        prompt([{ type: 'password', name: 'answer', message, theme, toggleMask: false }]),
      ),
    confirm: (question) =>
      ask<boolean>(question, (prompt, message) =>
        prompt([
          {
            ...{ type: 'confirm', name: 'answer', message, theme },
            default: question.initial ?? false,
          },
        ]),
      ),
    choose: async (question) => {
      // The picker answers with a position, so that values of any kind pass through it unharmed.
      const choices = question.choices.map(({ name, description }, value) => ({
        name: clean(name),
        value,
        ...(description === undefined ? {} : { description: clean(description) }),
      }));
      const position = await ask<number>(question, (prompt, message) =>
        prompt([{ type: 'select', name: 'answer', message, theme, choices, loop: false }]),
      );
      const chosen = question.choices[position];
      if (chosen === undefined) throw cancellation(world.interrupted);
      return chosen.value;
    },
  };
}

type Prompt = Awaited<ReturnType<typeof openPrompt>>;

async function openPrompt({ stdin, stderr, interrupted }: World, closed: AbortSignal) {
  const { default: inquirer } = await import('inquirer');
  return inquirer.createPromptModule({
    input: stdin,
    output: lent(stderr),
    signal: AbortSignal.any([interrupted, closed]),
  });
}

/**
 * Aborted when stdin ends at a question (Ctrl-D). The library lets go of stdin then, but waits on for
 * an answer, which would leave the program with nothing to do and no exit code of its own.
 */
function watchClosing(stdin: InputStream) {
  const closed = new AbortController();
  // stdin is let go of after an answer as well, which is told before the next turn.
  const onLetGo = () => void setImmediate(() => closed.abort());
  if (stdin.readableEnded || stdin.destroyed) closed.abort();
  stdin.once('pause', onLetGo);
  return { signal: closed.signal, stop: () => void stdin.off('pause', onLetGo) };
}

/** The library ends what it writes to; stderr outlives the question. */
function lent(stream: OutputStream): OutputStream {
  const loan = new Writable({
    write: (chunk, _encoding, done) => {
      stream.write(chunk);
      // At once: what is waited for here would be written after the answer.
      done();
    },
  });
  return Object.assign(loan, { isTTY: true, columns: stream.columns ?? 80 });
}

function initially(initial: string | undefined) {
  return initial === undefined ? {} : { default: initial };
}

function nobodyToAsk(message: string, flag: string): NubesError {
  const subject = message.endsWith('?')
    ? `An answer to "${message}"`
    : message.replace(/[\s:]+$/, '');
  return new NubesError('USAGE', `${subject} is needed, and there is nobody to ask.`, {
    hint: `give ${flag}`,
  });
}

/** Ctrl-C, a closed stdin, or an interruption of the whole program ended the prompt. */
function isEndOfPrompt(error: unknown): boolean {
  return (
    error instanceof Error &&
    ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name)
  );
}

/** The library colours by what it sees of the process; the palette knows about `--no-color`. */
function themeOf({ bold, dim, red, green, cyan }: Palette) {
  return {
    prefix: { idle: cyan('?'), done: green('✓') },
    style: {
      ...{ answer: cyan, message: bold, error: red, help: dim, defaultAnswer: dim },
      ...{ highlight: cyan, key: bold, maskedText: '(not shown)', description: dim },
      keysHelpTip: () => undefined,
    },
  };
}
