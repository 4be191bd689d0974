import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import type { SessionDependencies } from '../../session/dependencies.ts';

/** What the session room needs of a context. */
export async function sessionDependencies(app: App): Promise<SessionDependencies> {
  const { world, places, terminal } = app;
  return {
    world,
    places,
    settings: await app.settings(),
    http: await app.http(),
    trace: terminal.trace,
  };
}

/** A password asked for, or the one line of stdin. */
export async function passwordFrom(
  app: App,
  fromStdin: boolean | undefined,
  message: string,
): Promise<string> {
  if (fromStdin) return secretFromStdin(app, '--password-stdin', 'password');
  return app.terminal.ask.password({ message, flag: '--password-stdin' });
}

/** The one line of stdin without its line break; nothing else is trimmed. */
export async function secretFromStdin(
  { terminal, world }: App,
  flag: string,
  what: string,
): Promise<string> {
  if (world.stdin.isTTY) {
    throw new NubesError('USAGE', `${flag} at a terminal would show the ${what}.`, {
      hint: `leave out ${flag} to be asked for it, or pipe it in`,
    });
  }
  const line = (await terminal.readInput(65_536)).replace(/\r?\n$/, '');
  if (!/[\r\n]/.test(line)) return line;
  throw new NubesError('USAGE', `${flag} takes one line; stdin has more.`);
}
