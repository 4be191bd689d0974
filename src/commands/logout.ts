import type { Command } from 'commander';
import type { App } from '../app.ts';
import { NubesError } from '../errors.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import { isOn, isUnderWay } from '../notebooks/status.ts';
import { rfc3339 } from '../rfc3339.ts';
import { until } from '../session/dates.ts';
import type { SignedOut } from '../session/sign-out.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './options/action.ts';
import { named, ofTheKeptLogin, ownNotebooks } from './options/active-notebooks.ts';
import { passwordFrom, sessionDependencies } from './options/login.ts';

interface LogoutOptions {
  readonly revoke?: boolean;
  readonly passwordStdin?: boolean;
  readonly force?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .option('--revoke', 'delete the application credential for sure; asks for the password')
    .option('--password-stdin', 'with --revoke: read the password from stdin, one line')
    .option('--force', 'log out though a notebook is being built or deleted, which may break it')
    .addHelpText('after', '\nExample:\n  nubes-nb logout')
    .action(act(logout));
}

export async function logout(given: App, options: LogoutOptions): Promise<Report> {
  if (options.passwordStdin && !options.revoke) {
    throw new NubesError('USAGE', '--password-stdin goes with --revoke.', {
      hint: 'nubes-nb logout --revoke --password-stdin',
    });
  }
  const context = ofTheKeptLogin(given);
  if (given.world.environment['NUBES_NB_APPLICATION_CREDENTIAL_ID']) {
    given.terminal.warn(
      'NUBES_NB_APPLICATION_CREDENTIAL_ID is set, and commands log in with it until you unset it.',
    );
  }
  const notebooks = await ownNotebooks(context, 5_000);
  const moving = (notebooks ?? []).filter(({ status }) => isUnderWay(status));
  if (moving.length > 0 && !options.force) throw inTheMiddle(moving);
  const out = await end(context, options);
  if (out === undefined) {
    return { data: { loggedOut: false }, text: () => 'You are not logged in.' };
  }
  return signedOutReport(context, out, { notebooks, moving });
}

async function end(app: App, options: LogoutOptions): Promise<SignedOut | undefined> {
  const { signOut } = await import('../session/sign-out.ts');
  const askPassword = (username: string) =>
    passwordFrom(app, options.passwordStdin, `Password of ${username}:`);
  return signOut(await sessionDependencies(app), options.revoke ? { askPassword } : {});
}

function signedOutReport(
  { terminal }: App,
  out: SignedOut,
  { notebooks, moving }: { notebooks: Notebook[] | undefined; moving: Notebook[] },
): Report {
  const { session, credential, tokens, livesUntil, failure } = out;
  const running = notebooks?.filter(({ status }) => isOn(status)).length;
  const sentences = [`Logged out ${session.user.name}.`, ...livesOn(out, terminal.now())];
  if (running !== undefined && running > 0) sentences.push(keepRunning(running));
  if (notebooks !== undefined && notebooks.length > 0) sentences.push(urlsAreLost);
  if (moving.length > 0) sentences.push(`May end in the state error now: ${named(moving)}.`);
  return {
    data: {
      loggedOut: true,
      user: session.user,
      project: session.project,
      credential,
      tokens,
      livesUntil: livesUntil === undefined ? null : rfc3339(livesUntil),
      failure: failure?.message ?? null,
      runningNotebooks: running ?? null,
      underWay: moving.map(({ name }) => name),
    },
    names: [session.user.name],
    text: () => sentences.join('\n'),
  };
}

const urlsAreLost =
  "The tokens of your notebooks' URLs cannot be told any more: what they are made of is forgotten here.";

function livesOn(out: SignedOut, now: Date): string[] {
  const { credential, tokens, livesUntil, session, failure } = out;
  const end = livesUntil === undefined ? '' : ` until ${until(livesUntil, now)}`;
  const name = session.credential?.name ?? session.credential?.id;
  if (failure !== undefined) {
    const left = credential === 'lives' ? `application credential ${name} and tokens` : 'tokens';
    return [
      `Keystone could not be asked to end the login: ${failure.message}`,
      `Its ${left} live on${end}, though their secrets are forgotten here.`,
    ];
  }
  if (credential === 'lives') {
    return [
      `Its application credential ${name} could not be deleted without the password and lives on${end}, though its secret is forgotten here. To be sure next time: nubes-nb logout --revoke`,
    ];
  }
  return tokens === 'live' ? [`Its token could not be revoked and lives on${end}.`] : [];
}

function keepRunning(count: number): string {
  return count === 1 ? '1 notebook keeps running.' : `${count} notebooks keep running.`;
}

function inTheMiddle(moving: readonly Notebook[]): NubesError {
  const [first] = moving;
  return new NubesError(
    'WRONG_STATE',
    `Nova is still at work with this login, and logging out now may break: ${named(moving)}.`,
    {
      hint: `wait until nubes-nb show ${first?.name} tells that it is over, or: nubes-nb logout --force`,
    },
  );
}
