import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { NubesError } from '../errors.ts';
import type { SignedOut } from '../session/sign-out.ts';
import { until } from '../session/until.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';
import { passwordFrom, sessionDependencies } from './session-inputs.ts';

interface LogoutOptions {
  readonly revoke?: boolean;
  readonly passwordStdin?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .option('--revoke', 'delete the application credential for sure; asks for the password')
    .option('--password-stdin', 'with --revoke: read the password from stdin, one line')
    .addHelpText('after', '\nExample:\n  nubes-nb logout')
    .action(act(logout));
}

export async function logout(context: Context, options: LogoutOptions): Promise<Report> {
  if (options.passwordStdin && !options.revoke) {
    throw new NubesError('USAGE', '--password-stdin goes with --revoke.');
  }
  const { terminal } = context;
  const running = await runningNotebooks(context);
  const { signOut } = await import('../session/sign-out.ts');
  const out = await signOut(
    await sessionDependencies(context),
    options.revoke
      ? {
          askPassword: (username) =>
            passwordFrom(context, options.passwordStdin, `Password of ${username}:`),
        }
      : {},
  );
  if (out === undefined) {
    return { data: { loggedOut: false }, text: () => 'You are not logged in.' };
  }
  const { session, credential, tokens, livesUntil } = out;
  const sentences = [`Logged out ${session.user.name}.`, ...livesOn(out, terminal.now())];
  if (running !== undefined && running > 0) sentences.push(keepRunning(running));
  return {
    data: {
      loggedOut: true,
      user: session.user,
      project: session.project,
      credential,
      tokens,
      livesUntil: livesUntil?.toISOString() ?? null,
      runningNotebooks: running ?? null,
    },
    names: [session.user.name],
    text: () => sentences.join('\n'),
  };
}

function livesOn({ credential, tokens, livesUntil, session }: SignedOut, now: Date): string[] {
  const end = livesUntil === undefined ? '' : ` until ${until(livesUntil, now)}`;
  if (credential === 'lives') {
    const name = session.credential?.name ?? session.credential?.id;
    return [
      `Its application credential ${name} could not be deleted without the password and lives on${end}, though its secret is forgotten here. To be sure next time: nubes-nb logout --revoke`,
    ];
  }
  return tokens === 'live' ? [`Its token could not be revoked and lives on${end}.`] : [];
}

function keepRunning(count: number): string {
  return count === 1 ? '1 notebook keeps running.' : `${count} notebooks keep running.`;
}

/** Undefined when it cannot be told: logging out must work without the cloud. */
async function runningNotebooks(context: Context): Promise<number | undefined> {
  try {
    const notebooks = await (await context.notebooks()).list();
    return notebooks.filter(({ status }) => isOn(status)).length;
  } catch {
    context.terminal.trace('The notebooks could not be counted.');
    return undefined;
  }
}

function isOn(status: string): boolean {
  return !['stopped', 'released', 'deleting', 'error', 'unknown'].includes(status);
}
