import { NubesError } from '../../errors.ts';
import type { Step } from '../../notebooks/batch/step.ts';
import { clean } from '../../terminal/clean.ts';
import type { Terminal } from '../../terminal/terminal.ts';

const maxShown = 20;

/**
 * Lists the selected notebooks and asks once. Throws USAGE naming `--yes` if prompts are off, and
 * CANCELLED if the user declines.
 */
export async function confirmMany(
  terminal: Terminal,
  steps: readonly Step[],
  { verb, consequence }: { readonly verb: string; readonly consequence: string },
): Promise<void> {
  const count = `${steps.length} notebook${steps.length === 1 ? '' : 's'}`;
  const more = steps.length - maxShown;
  const lines = steps
    .slice(0, maxShown)
    .map(({ name, detail }) => `  ${name.padEnd(32)} ${clean(detail)}`);
  // Also with -q: the user must see what the answer is about.
  await terminal.printStderr([...lines, ...(more > 0 ? [`  and ${more} more`] : []), consequence]);
  const message = `${verb} ${steps.length === 1 ? 'this' : 'these'} ${count}?`;
  if (await terminal.ask.confirm({ message, flag: '--yes' })) return;
  throw new NubesError('CANCELLED', 'Cancelled; nothing was done.');
}
