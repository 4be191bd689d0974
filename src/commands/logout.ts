import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { afterColon, NubesError } from '../errors.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import { isOn, isUnderWay } from '../notebooks/status.ts';
import { rfc3339 } from '../rfc3339.ts';
import { formatExpiry } from '../session/dates.ts';
import type { SessionDependencies } from '../session/dependencies.ts';
import type { SignedOut } from '../session/sign-out.ts';
import { type Report, sentences } from '../terminal/report.ts';
import { passwordFrom, sessionDependencies } from './options/login.ts';
import { namesWithStatus, ownNotebooks, withStoredLogin } from './options/stored-login.ts';

interface LogoutOptions {
  readonly revoke?: boolean;
  readonly passwordStdin?: boolean;
  readonly force?: boolean;
  readonly all?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .option('--all', 'log out of every context')
    .option('--revoke', 'delete the application credential with your password')
    .option('--password-stdin', 'with --revoke: read the password from stdin (one line)')
    .option(
      '--force',
      'log out while Nova is creating or deleting a notebook, which may put it in ERROR',
    )
    .addHelpText('after', '\nExample:\n  nubes-nb logout')
    .action(toAction(logout));
}

export async function logout(current: App, options: LogoutOptions): Promise<Report> {
  if (options.passwordStdin && !options.revoke) {
    throw new NubesError('USAGE', '--password-stdin requires --revoke.', {
      hint: 'nubes-nb logout --revoke --password-stdin',
    });
  }
  if (options.all === true && options.revoke === true) {
    throw new NubesError(
      'USAGE',
      '--all and --revoke exclude each other: each login has a password of its own.',
      { hint: 'nubes-nb logout --revoke --context NAME, for each' },
    );
  }
  const app = await withStoredLogin(current);
  if (current.world.environment['NUBES_NB_APPLICATION_CREDENTIAL_ID']) {
    current.terminal.warn(
      'NUBES_NB_APPLICATION_CREDENTIAL_ID is set: commands keep using it until you unset it.',
    );
  }
  const notebooks = await ownNotebooks(app, 5_000);
  const underWay = (notebooks ?? []).filter(({ status }) => isUnderWay(status));
  if (underWay.length > 0 && !options.force) throw stillProcessing(underWay);
  if (options.all === true) return logoutOfAll(app, options);
  const out = await end(app, options);
  if (out === undefined) {
    return { data: { loggedOut: false }, text: () => 'You are not logged in.' };
  }
  await app.namesWritten();
  const { forgetNames } = await import('../completion/forget.ts');
  await forgetNames(app.places.cache, out.contexts);
  return signedOutReport(app, out, { notebooks, underWay });
}

/** A login whose context the settings no longer have is ended as well. */
async function logoutOfAll(app: App, options: LogoutOptions): Promise<Report> {
  const { loggedInContexts } = await import('../session/state.ts');
  const { forgetNames } = await import('../completion/forget.ts');
  const { places, terminal } = app;
  await app.namesWritten();
  const ended: SignedOut[] = [];
  const failed: { readonly context: string; readonly error: NubesError }[] = [];
  for (const context of await loggedInContexts(places.state)) {
    try {
      // Contexts may share a login, which is ended with the first of them.
      const out = await end(app, options, context);
      if (out === undefined) continue;
      await forgetNames(places.cache, out.contexts);
      ended.push(out);
    } catch (error) {
      if (!(error instanceof NubesError) || error.exit > 128) throw error;
      failed.push({ context, error });
    }
  }
  for (const { context, error } of failed) {
    terminal.warn(`could not log out of ${context}: ${afterColon(error.message)}`);
  }
  const lines = ended.flatMap((out) => [
    `Logged out ${out.session.user.name} (${out.contexts.join(', ')}).`,
    ...stillValid(out, terminal.now()),
  ]);
  if (ended.length > 0) lines.push(urlsAreLost);
  return {
    data: [
      ...ended.map((out) => ({ contexts: out.contexts, ...endOf(out) })),
      ...failed.map(({ context, error }) => ({
        contexts: [context],
        loggedOut: false,
        failure: error.message,
      })),
    ],
    names: ended.flatMap(({ contexts }) => contexts),
    text: () =>
      ended.length + failed.length === 0 ? 'You are not logged in.' : sentences(...lines),
    exitCode: failed.length === 0 ? 0 : 10,
  };
}

async function end(
  app: App,
  options: LogoutOptions,
  context?: string,
): Promise<SignedOut | undefined> {
  const { signOut } = await import('../session/sign-out.ts');
  const askPassword = (username: string) =>
    passwordFrom(app, options.passwordStdin, `Password of ${username}:`);
  const dependencies = await sessionDependencies(app);
  if (context !== undefined) {
    return signOut({ ...dependencies, http: await httpFor(app, context) }, { context });
  }
  return signOut(dependencies, options.revoke ? { askPassword } : {});
}

/** With the CA file that a context's settings name, or that of its login. */
async function httpFor(
  { world, flags, places, httpTrusting }: App,
  context: string,
): Promise<SessionDependencies['http']> {
  const { loadSettings } = await import('../settings/load.ts');
  const { savedCaFile } = await import('../session/open.ts');
  const { readSession } = await import('../session/state.ts');
  const saved = () => readSession(places.state, context);
  const loaded = await loadSettings(world, { ...flags, context }).catch(() => undefined);
  // The settings no longer have the context.
  if (loaded === undefined) return httpTrusting((await saved())?.caFile ?? undefined);
  const { settings } = loaded;
  const { caFile } = settings.openstack;
  if (caFile !== undefined) return httpTrusting(caFile, 'openstack.ca_file');
  return httpTrusting(await savedCaFile({ world, settings }, saved));
}

function signedOutReport(
  { terminal }: App,
  out: SignedOut,
  { notebooks, underWay }: { notebooks: Notebook[] | undefined; underWay: Notebook[] },
): Report {
  const { session } = out;
  const running = notebooks?.filter(({ status }) => isOn(status)).length;
  const lines = [`Logged out ${session.user.name}.`, ...stillValid(out, terminal.now())];
  if (running !== undefined && running > 0) lines.push(keepRunning(running));
  if (notebooks !== undefined && notebooks.length > 0) lines.push(urlsAreLost);
  if (underWay.length > 0) lines.push(`May end in the state error: ${namesWithStatus(underWay)}.`);
  return {
    data: {
      ...endOf(out),
      runningNotebooks: running ?? null,
      underWay: underWay.map(({ name }) => name),
    },
    names: [session.user.name],
    text: () => sentences(...lines),
  };
}

/** As JSON. */
function endOf({ session, credential, tokens, livesUntil, failure }: SignedOut) {
  return {
    loggedOut: true,
    user: session.user,
    project: session.project,
    credential,
    tokens,
    livesUntil: livesUntil === undefined ? null : rfc3339(livesUntil),
    failure: failure?.message ?? null,
  };
}

const urlsAreLost =
  "Your notebooks' tokens can no longer be printed on this computer; nubes-nb url NAME --renew sets a new one.";

function stillValid(out: SignedOut, now: Date): string[] {
  const { credential, tokens, livesUntil, session, failure } = out;
  const end = livesUntil === undefined ? '' : ` until ${formatExpiry(livesUntil, now)}`;
  const name = session.credential?.name ?? session.credential?.id;
  if (failure !== undefined) {
    const left = credential === 'lives' ? `application credential ${name} and tokens` : 'tokens';
    return [
      `Keystone could not be reached to revoke the login: ${failure.message}`,
      `Its ${left} stay valid${end}; their secrets were deleted from this computer.`,
    ];
  }
  if (credential === 'lives') {
    return [
      `Its application credential ${name} could not be deleted without the password and stays valid${end}; its secret was deleted from this computer. Next time: nubes-nb logout --revoke`,
    ];
  }
  if (tokens === 'revoked') return [];
  if (!session.accessRules) return [`Its token could not be revoked and stays valid${end}.`];
  return [
    `Its token could not be revoked, as its application credential has access rules, and stays valid${end}; to end it now: openstack application credential delete ${session.credential?.id}`,
  ];
}

function keepRunning(count: number): string {
  return count === 1 ? '1 notebook keeps running.' : `${count} notebooks keep running.`;
}

function stillProcessing(underWay: readonly Notebook[]): NubesError {
  const [first] = underWay;
  return new NubesError(
    'WRONG_STATE',
    `Nova is still processing requests of this login; logging out now may put these in ERROR: ${namesWithStatus(underWay)}.`,
    {
      hint: `nubes-nb wait ${first?.name}, then log out (or nubes-nb logout --force)`,
    },
  );
}
