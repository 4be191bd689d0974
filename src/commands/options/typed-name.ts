import { NubesError } from '../../errors.ts';
import type { Terminal } from '../../terminal/terminal.ts';

interface TypedName {
  /** What is about to happen; printed also with -q. */
  readonly warning: string;
  readonly question: string;
  readonly name: string;
  /** For another name. */
  readonly refusal: string;
  /** The command without the question. */
  readonly withYes: string;
}

/** Goes on once the name is typed. Throws USAGE for another name, and where no question can be asked. */
export async function confirmByTyping(
  terminal: Terminal,
  { warning, question, name, refusal, withYes }: TypedName,
): Promise<void> {
  const reason = terminal.whyNotInteractive();
  if (reason !== undefined) {
    throw new NubesError('USAGE', `Cannot ask for confirmation: ${reason}.`, { hint: withYes });
  }
  await terminal.printStderr(warning);
  const typed = await terminal.ask.text({ message: question, flag: '--yes' });
  if (typed.trim() !== name) throw new NubesError('USAGE', refusal);
}
