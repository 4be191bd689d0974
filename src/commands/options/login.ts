import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import type { SessionDependencies } from '../../session/dependencies.ts';

/** What functions of `session/` take first. */
export async function sessionDependencies(app: App): Promise<SessionDependencies> {
  const { world, places, terminal } = app;
  const { savedCaFile } = await import('../../session/open.ts');
  const settings = await app.settings();
  return {
    world,
    places,
    settings,
    http: await app.http(),
    caFile: await savedCaFile({ world, settings }, app.storedLogin),
    httpTrusting: app.httpTrusting,
    trace: terminal.trace,
    info: terminal.info,
  };
}

/** The password from a prompt, or from the one line of stdin. */
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
    throw new NubesError(
      'USAGE',
      `${flag} reads stdin, but stdin is a terminal, which would show the ${what}.`,
      {
        hint: `omit ${flag} to be prompted, or pipe the ${what} in`,
      },
    );
  }
  const line = (await terminal.readInput(65_536)).replace(/\r?\n$/, '');
  if (!/[\r\n]/.test(line)) return line;
  throw new NubesError('USAGE', `${flag} takes one line, but stdin has more.`);
}
