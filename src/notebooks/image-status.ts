import { afterColon } from '../errors.ts';
import type { World } from '../world.ts';

/** Glance's answer. Without one, notebooks are still worth printing, so `say` gets the reason and the answer is undefined. */
export async function orUnknown<Answer>(
  { interrupted }: Pick<World, 'interrupted'>,
  asked: Promise<Answer>,
  say: (text: string) => void,
): Promise<Answer | undefined> {
  return asked.catch((error: unknown) => {
    if (interrupted.aborted) throw error;
    const reason = error instanceof Error ? afterColon(error.message) : String(error);
    say(`the status of images is unknown: ${reason}`);
    return undefined;
  });
}
