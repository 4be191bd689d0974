import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import { absolute } from '../../settings/places.ts';

/**
 * Asks for a CA file after a certificate that is not trusted. Undefined: the user would rather type another address.
 */
export async function askForCaFile(
  { terminal, world }: Pick<App, 'terminal' | 'world'>,
  untrusted: NubesError,
  {
    flag,
    connect,
  }: { readonly flag: string; readonly connect: (file: string) => Promise<unknown> },
): Promise<string | undefined> {
  terminal.warn(untrusted.message);
  const typed = await terminal.ask.text({
    message: "File with your site's CA certificate (Enter: another address):",
    flag,
    check: async (text) =>
      text === '' ? undefined : refusalOf(() => connect(absolute(world, text, world.cwd))),
  });
  return typed.trim() === '' ? undefined : absolute(world, typed.trim(), world.cwd);
}

/** Why the work is refused, in words; undefined if it is not. */
export async function refusalOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof NubesError && error.exit < 128) return error.message;
    throw error;
  }
}
