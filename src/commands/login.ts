import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { exitCodes, NubesError } from '../errors.ts';
import { isUnderWay } from '../notebooks/status.ts';
import { keystoneNow } from '../session/clock.ts';
import { contextName, type SessionDependencies } from '../session/dependencies.ts';
import type { SignedIn } from '../session/sign-in.ts';
import type { SavedSession } from '../session/state.ts';
import type { Report } from '../terminal/report.ts';
import { passwordFrom, sessionDependencies } from './options/login.ts';
import { namesWithStatus, ownNotebooks, withStoredLogin } from './options/stored-login.ts';
import { savedReport } from './output/login.ts';

const checkTimeoutMs = 5_000;

interface LoginOptions {
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly project?: string;
  readonly fromOpenstackEnv?: boolean;
  readonly force?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .option('-u, --username <id>', 'your user ID')
    .option('--password-stdin', 'read the password from stdin (one line)')
    .option('--project <name>', 'OpenStack project, by name or ID')
    .option('--from-openstack-env', 'use OS_CLOUD and clouds.yaml, or OS_* variables')
    .option('--force', 'log in again even if you are logged in')
    .addHelpText(
      'after',
      '\nExamples:\n  nubes-nb login\n  pass show fed | nubes-nb login -u abc12345 --password-stdin',
    )
    .action(toAction(login));
}

export async function login(current: App, options: LoginOptions): Promise<Report> {
  let app = await withStoredLogin(current);
  if (options.fromOpenstackEnv !== true && (await lacksCloud(app))) {
    const { askForSettings } = await import('./options/first-settings.ts');
    await askForSettings(app);
    app = await withStoredLogin(current);
  }
  const { terminal } = app;
  const stored = isPlain(options) ? await storedSession(app) : undefined;
  if (stored !== undefined && !(await isRevoked(app))) {
    terminal.info('You are logged in already; nubes-nb login --force logs in again.');
    return savedReport(stored, terminal.now());
  }
  if (current.world.environment['NUBES_NB_APPLICATION_CREDENTIAL_ID']) {
    terminal.warn(
      'Commands use NUBES_NB_APPLICATION_CREDENTIAL_ID, not this login, while it is set.',
    );
  }
  const underWay =
    (await ownNotebooks(app, 15_000))?.filter(({ status }) => isUnderWay(status)) ?? [];
  const keepReplacedLogin = underWay.length > 0;
  const { session, notices } = await signInSomewhere(app, current, options, keepReplacedLogin);
  const { forgetNames } = await import('../completion/forget.ts');
  await forgetNames(app.places.cache, [contextName(await app.settings())], session);
  for (const notice of notices) terminal.warn(notice);
  if (underWay.length > 0) {
    terminal.warn(
      `The previous login was not revoked, as Nova still uses it for ${namesWithStatus(underWay)}.`,
    );
  }
  return savedReport(session, keystoneNow(session, current.world));
}

/** Whether the user is there to say which cloud it is. */
async function lacksCloud(app: App): Promise<boolean> {
  const { openstack } = await app.settings();
  if (openstack.authUrl !== undefined || !app.terminal.interactive) return false;
  return (await app.storedLogin()) === undefined;
}

/** If the keychain cannot be used, again with the store that the user chooses. */
async function signInSomewhere(
  app: App,
  current: App,
  options: LoginOptions,
  keepReplacedLogin: boolean,
): Promise<SignedIn> {
  const signIn = async (each: App) => {
    const dependencies = { ...(await sessionDependencies(each)), keepReplacedLogin };
    return options.fromOpenstackEnv
      ? loginByEnvironment(each, options, dependencies)
      : loginByPassword(each, options, dependencies);
  };
  try {
    return await signIn(app);
  } catch (error) {
    if (!(error instanceof NubesError) || error.code !== 'KEYCHAIN_UNAVAILABLE') throw error;
    const { replaceKeychain } = await import('./options/session-store.ts');
    await replaceKeychain(app, error);
    return signIn(await withStoredLogin(current));
  }
}

async function loginByPassword(
  app: App,
  options: LoginOptions,
  dependencies: SessionDependencies,
): Promise<SignedIn> {
  const { terminal } = app;
  const { signIn } = await import('../session/sign-in.ts');
  return signIn(dependencies, {
    project: options.project,
    chooseProject: (projects) => chooseProject(app, projects),
    info: terminal.info,
    warn: terminal.warn,
    login: async () => ({
      username: notEmpty(options.username ?? (await askUsername(app, options))),
      password: await passwordFrom(app, options.passwordStdin, 'Password:'),
    }),
  });
}

async function loginByEnvironment(
  app: App,
  options: LoginOptions,
  dependencies: SessionDependencies,
): Promise<SignedIn> {
  const { fromOpenstackEnvironment } = await import('../session/openstack-environment.ts');
  return fromOpenstackEnvironment(dependencies, {
    project: options.project,
    chooseProject: (projects) => chooseProject(app, projects),
    info: app.terminal.info,
    warn: app.terminal.warn,
    askPassword: (username) => passwordFrom(app, options.passwordStdin, `Password of ${username}:`),
  });
}

async function askUsername({ terminal }: App, options: LoginOptions): Promise<string> {
  if (options.passwordStdin) {
    throw new NubesError('USAGE', '--password-stdin needs --username.', {
      hint: 'nubes-nb login --username ID --password-stdin',
    });
  }
  return (await terminal.ask.text({ message: 'User ID:', flag: '--username' })).trim();
}

function notEmpty(username: string): string {
  if (username.trim() !== '') return username;
  throw new NubesError('USAGE', 'The user ID is empty.', { hint: 'nubes-nb login --username ID' });
}

function chooseProject<Project extends { readonly name: string }>(
  { terminal }: App,
  projects: readonly Project[],
): Promise<Project> {
  const choices = projects.map((project) => ({ name: project.name, value: project }));
  return terminal.ask.choose({ message: 'Project:', flag: '--project', choices });
}

/** Whether `login` was called without flags; a flag asks for a new login. */
function isPlain({ username, passwordStdin, project, fromOpenstackEnv, force }: LoginOptions) {
  return !(username ?? passwordStdin ?? project ?? fromOpenstackEnv ?? force);
}

async function storedSession(app: App): Promise<SavedSession | undefined> {
  const { savedSession } = await import('../session/open.ts');
  try {
    return await savedSession(await sessionDependencies(app));
  } catch (error) {
    if (error instanceof NubesError && error.exit === 4) return undefined;
    throw error;
  }
}

/** Only Keystone knows; the stored login is not replaced because Keystone cannot be reached. */
async function isRevoked(app: App): Promise<boolean> {
  const { checkSession } = await import('../session/renewal.ts');
  app.time.limit(checkTimeoutMs);
  try {
    await checkSession(await app.http(), await app.session());
    return false;
  } catch (error) {
    if (!(error instanceof NubesError) || error.exit >= exitCodes.CANCELLED) throw error;
    if (error.exit === 4) app.terminal.info(error.message);
    return error.exit === 4;
  } finally {
    app.time.limit(undefined);
  }
}
