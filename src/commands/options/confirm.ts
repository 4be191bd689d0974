import { NubesError } from '../../errors.ts';
import type { Step } from '../../notebooks/batch/plan.ts';
import type { Terminal } from '../../terminal/terminal.ts';

const mostShown = 20;

/**
 * Lists what a selection has come to, and asks once. Throws USAGE naming `--yes` where nobody can
 * answer, and when the answer is no.
 */
export async function confirmMany(
  terminal: Terminal,
  steps: readonly Step[],
  { verb, consequence }: { readonly verb: string; readonly consequence: string },
): Promise<void> {
  const count = `${steps.length} notebook${steps.length === 1 ? '' : 's'}`;
  const more = steps.length - mostShown;
  const lines = steps
    .slice(0, mostShown)
    .map(({ name, detail }) => `  ${name.padEnd(32)} ${detail}`);
  // Also with -q: nobody should agree to what was not said.
  await terminal.printStderr(
    [...lines, ...(more > 0 ? [`  and ${more} more`] : []), consequence].join('\n'),
  );
  const message = `${verb} ${steps.length === 1 ? 'this' : 'these'} ${count}?`;
  if (await terminal.ask.confirm({ message, flag: '--yes' })) return;
  throw new NubesError('CANCELLED', 'Nothing was done.');
}
