import { NubesError } from '../errors.ts';

/** Runs a prompt; the time until its answer is the user's. */
export type WhileAsking = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

/** As many fit on a small terminal with the question; more are searched. */
export const maxChoices = 10;

/** The choices with every word that was typed. */
export function matching<Shown extends { readonly name: string }>(
  choices: readonly Shown[],
  term = '',
): Shown[] {
  const words = term.toLowerCase().split(/\s+/);
  return choices.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}

/** The error of a question without a terminal. */
export function cannotAsk(message: string, reason: string, flag: string): NubesError {
  const question = message.replace(/[\s:]+$/, '');
  return new NubesError('USAGE', `Cannot ask "${question}": ${reason}.`, { hint: `use ${flag}` });
}
