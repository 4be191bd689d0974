import { Writable } from 'node:stream';
import { cancellation } from '../errors.ts';
import type { InputStream, OutputStream, World } from '../world.ts';
import { clean } from './clean.ts';
import { cutTo } from './cut.ts';
import { measure } from './measure.ts';
import type { Palette } from './palette.ts';
import { cannotAsk, matching, maxChoices, type WhileAsking } from './question.ts';
import type { Questions } from './terminal.ts';
import { widthOf } from './width.ts';

/** Questions on stderr, answered on stdin; `whyNotInteractive` is undefined if they are possible. */
export function openQuestions(
  world: World,
  whyNotInteractive: () => string | undefined,
  palette: Palette,
  whileAsking: WhileAsking,
): Questions {
  const theme = themeOf(palette);
  const ask = async <Answer>(
    { message, flag }: { readonly message: string; readonly flag: string },
    show: (prompt: Prompt, message: string) => Promise<{ readonly answer: Answer }>,
  ): Promise<Answer> => {
    const reason = whyNotInteractive();
    if (reason !== undefined) throw cannotAsk(message, reason, flag);
    try {
      const createPromptModule = await promptModule();
      const { answer } = await whileAsking(async () => {
        const stdinEnd = watchStdinEnd(world.stdin);
        const prompt = openPrompt(createPromptModule, world, stdinEnd.signal);
        return show(prompt, clean(message)).finally(stdinEnd.stop);
      });
      return answer;
    } catch (error) {
      throw isEndOfPrompt(error) ? cancellation(world.interrupted) : error;
    }
  };

  return {
    text: (question) =>
      ask<string>(question, (prompt, message) =>
        prompt([
          {
            ...{ type: 'input', name: 'answer', message, theme },
            ...defaultOf(question.initial),
            ...checkOf(question, palette),
          },
        ]),
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
      const width = await measure(question.choices.map(({ name }) => name));
      const columns = Math.max(minRow, widthOf(world.stderr) - pointer.length);
      // The prompt returns an index, so `value` may have any type.
      const choices = question.choices.map(({ name, short, description, disabled }, value) => ({
        name: clean(name),
        short: clean(short ?? name),
        disabled: disabled === undefined ? false : `(${disabled})`,
        value,
        ...(description === undefined ? {} : { description: clean(description) }),
      }));
      // The library would break a row in the middle of a word.
      const cut = (rows: typeof choices) =>
        rows.map((row) =>
          row.disabled === false ? { ...row, name: cutTo(row.name, columns, width) } : row,
        );
      const index = await ask<number>(question, (prompt, message) =>
        choices.length > maxChoices
          ? prompt([
              {
                ...{ type: 'search', name: 'answer', theme, pageSize: maxChoices },
                message: `${message}${searchHint(choices.length)}`,
                source: (term?: string) => cut(matching(choices, term)),
              },
            ])
          : prompt([
              {
                ...{ type: 'select', name: 'answer', message, theme, loop: false },
                choices: cut(choices),
                pageSize: maxChoices,
              },
            ]),
      );
      const chosen = question.choices[index];
      if (chosen === undefined) throw cancellation(world.interrupted);
      return chosen.value;
    },
  };
}

/** Before each row of a list. */
const pointer = '❯ ';
/** A narrower row would not show which one it is. */
const minRow = 30;

function searchHint(count: number): string {
  return ` (type to search ${count})`;
}

type Prompt = ReturnType<typeof openPrompt>;

async function promptModule() {
  const { default: inquirer } = await import('inquirer');
  return inquirer.createPromptModule;
}

function openPrompt(
  createPromptModule: Awaited<ReturnType<typeof promptModule>>,
  { stdin, stderr, interrupted }: World,
  closed: AbortSignal,
) {
  return createPromptModule({
    input: stdin,
    output: withoutEnd(stderr),
    signal: AbortSignal.any([interrupted, closed]),
  });
}

/**
 * Aborts when stdin ends during a question (Ctrl-D). The library then pauses stdin but keeps waiting for
 * an answer, and the program would end for lack of work, without an exit code of its own.
 */
function watchStdinEnd(stdin: InputStream) {
  const closed = new AbortController();
  // stdin is paused after an answer as well; the answer arrives before the next turn of the event loop.
  const onPause = () => void setImmediate(() => closed.abort());
  if (stdin.readableEnded || stdin.destroyed) closed.abort();
  stdin.once('pause', onPause);
  return { signal: closed.signal, stop: () => void stdin.off('pause', onPause) };
}

/** The library ends the stream that it writes to; stderr must stay open. */
function withoutEnd(stream: OutputStream): OutputStream {
  const proxy = new Writable({
    write: (chunk, _encoding, done) => {
      stream.write(chunk);
      // Without waiting for the write: the library would print its last line after the answer.
      done();
    },
  });
  return Object.assign(proxy, { isTTY: true, columns: widthOf(stream) });
}

function defaultOf(initial: string | undefined) {
  return initial === undefined ? {} : { default: initial };
}

type Checks = Pick<Parameters<Questions['text']>[0], 'problem' | 'check'>;

/** Refuses an answer at Enter; until then what is typed is red. */
function checkOf({ problem = () => undefined, check }: Checks, { red }: Palette) {
  return {
    validate: async (typed: string) =>
      clean(problem(typed.trim()) ?? (await check?.(typed.trim())) ?? '') || true,
    transformer: (typed: string) => (problem(typed.trim()) === undefined ? typed : red(typed)),
  };
}

/** Whether Ctrl-C, the end of stdin or a signal ended the prompt. */
function isEndOfPrompt(error: unknown): boolean {
  return (
    error instanceof Error &&
    ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name)
  );
}

/** The library decides on colours by `process`; the palette also follows `--no-color`. */
function themeOf({ bold, dim, red, green }: Palette) {
  return {
    prefix: { idle: bold('?'), done: green('✓') },
    spinner: { interval: 80, frames: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'] },
    style: {
      // What was to be done is no longer so after the answer.
      message: (text: string, status: string) =>
        bold(status === 'done' ? text.replace(/ \(type to search \d+\)$/, '') : text),
      ...{ answer: plain, error: red, help: dim, defaultAnswer: dim, disabled: dim },
      searchTerm: plain,
      ...{ highlight: bold, key: bold, maskedText: '(not shown)', description: dim },
      keysHelpTip: () => undefined,
    },
  };
}

/** In place of the library's colour, which is hard to read on a light background. */
function plain(text: string): string {
  return text;
}
