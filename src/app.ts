import { type CommandTime, commandTime } from './deadline.ts';
import { accountFor } from './notebooks/address.ts';
import type { Deps } from './notebooks/deps.ts';
import { openJournal } from './notebooks/journal.ts';
import { checkStateFiles } from './notebooks/local-state.ts';
import { openSeenNames, type SeenNames } from './notebooks/seen-names.ts';
import { openServerWatcher } from './notebooks/server-watcher.ts';
import { once } from './once.ts';
import { negotiate } from './openstack/compute/versions.ts';
import { durationOf } from './openstack/errors.ts';
import type { Caller } from './openstack/policy-refusal.ts';
import {
  type Http,
  type HttpOptions,
  openHttp,
  type Service,
  service,
} from './openstack/service.ts';
import { contextName } from './session/dependencies.ts';
import {
  openSession,
  prepareSession,
  savedCaFile,
  storedLogin,
  whereabouts,
} from './session/open.ts';
import type { Session } from './session/session.ts';
import type { SavedSession } from './session/state.ts';
import { loadSettings, originsOf } from './settings/load.ts';
import { findPlaces, type Places, sshFiles } from './settings/places.ts';
import type { LoadedSettings, Settings } from './settings/settings.ts';
import { openTerminal } from './terminal/open.ts';
import type { Report } from './terminal/report.ts';
import type { Terminal } from './terminal/terminal.ts';
import { version } from './version.ts';
import type { GlobalFlags, World } from './world.ts';

/** Nova, Glance and Neutron of the logged-in project. */
export interface Cloud {
  readonly compute: Service;
  readonly image: Service;
  readonly network: Service;
  /** Whose tokens they have. */
  readonly caller: Caller;
}

/** Everything a command may use. Each part is made on first use, once. */
export interface App {
  readonly world: World;
  readonly flags: GlobalFlags;
  readonly terminal: Terminal;
  readonly time: CommandTime;
  readonly places: Places;
  readonly loadedSettings: () => Promise<LoadedSettings>;
  readonly settings: () => Promise<Settings>;
  readonly http: () => Promise<Http>;
  /** The same with the CA file of a login. */
  readonly httpTrusting: (
    caFile: string | undefined,
    caSource?: HttpOptions['caSource'],
  ) => Promise<Http>;
  /** The stored login when the command began, without its secret. */
  readonly storedLogin: () => Promise<SavedSession | undefined>;
  readonly session: () => Promise<Session>;
  readonly cloud: () => Promise<Cloud>;
  /** What functions of `notebooks/` take first. */
  readonly deps: () => Promise<Deps>;
  /** Resolves when the names that the command has seen are written for the shells' completion. */
  readonly namesWritten: () => Promise<void>;
}

/**
 * Makes a commander action of a command's function, which gets the app and then commander's arguments
 * and options. Its report is printed.
 */
export type ToAction = <Given extends unknown[]>(
  run: (app: App, ...given: Given) => Promise<Report>,
) => (...commanderArguments: unknown[]) => Promise<void>;

/** Wires the real parts together, lazily: `--help` opens no file, no keychain and no socket. */
export function openApp(world: World, flags: GlobalFlags): App {
  const time = commandTime(world);
  let seen: SeenNames | undefined;
  const app: App = {
    world,
    flags,
    time,
    terminal: openTerminal(world, flags, time.whileAsking),
    places: findPlaces(world, flags),
    loadedSettings: once(() => readSettings(app)),
    settings: async () => (await app.loadedSettings()).settings,
    http: once(() => openOwnConnections(app)),
    httpTrusting: (caFile, caSource = 'OS_CACERT') => openConnections(app, { caFile, caSource }),
    storedLogin: once(() => readStoredLogin(app)),
    session: once(() => findSession(app)),
    cloud: once(() => openCloud(app)),
    deps: once(async () => {
      const deps = await openDeps(app);
      seen = deps.seen;
      return deps;
    }),
    namesWritten: async () => seen?.written(),
  };
  return app;
}

async function readSettings({ world, flags, terminal }: App): Promise<LoadedSettings> {
  const loaded = await loadSettings(world, flags);
  for (const warning of loaded.warnings) terminal.warn(warning);
  if (terminal.verbose) terminal.info(`settings: ${originsOf(loaded)}`);
  return loaded;
}

async function openOwnConnections(app: App): Promise<Http> {
  const { world } = app;
  const settings = await app.settings();
  const saved = await savedCaFile({ world, settings }, app.storedLogin);
  if (saved !== undefined) return app.httpTrusting(saved);
  return openConnections(app, { caFile: settings.openstack.caFile });
}

async function openConnections(
  { world, terminal, time, settings }: App,
  ca: Pick<HttpOptions, 'caFile' | 'caSource'>,
): Promise<Http> {
  const { timeoutsMs } = await settings();
  return openHttp({
    timeoutMs: timeoutsMs.http,
    requestTimeoutMs: timeoutsMs.http,
    deadline: time.deadline,
    onPause: (service, ms) =>
      terminal.info(`${service} asks to wait ${durationOf(ms)} before the next request.`),
    ...ca,
    environment: world.environment,
    userAgent: `nubes-nb/${version}`,
    sleep: world.sleep,
    random: world.random,
    saveMemory: world.saveMemory,
    now: world.now,
    trace: terminal.trace,
    signal: world.interrupted,
  });
}

async function readStoredLogin(app: App): Promise<SavedSession | undefined> {
  const { world, places } = app;
  return storedLogin({ world, places, settings: await app.settings() });
}

async function findSession(app: App): Promise<Session> {
  const { world, places, terminal } = app;
  const settings = await app.settings();
  await prepareSession({ world, settings }, app.storedLogin);
  const http = await app.http();
  const { trace, info } = terminal;
  const session = await openSession(
    { world, settings, places, http, trace, info },
    app.storedLogin,
  );
  if (terminal.verbose) terminal.info(`session: ${whereabouts(session)}`);
  return session;
}

async function openCloud({ session, http }: App): Promise<Cloud> {
  const login = await session();
  const { endpoints, tokens, computeVersions } = login;
  const connections = await http();
  const microversion = negotiate(computeVersions);
  const caller = callerOf(login, connections);
  return {
    caller,
    compute: service(connections, {
      name: 'Nova',
      baseUrl: endpoints.compute,
      tokens,
      caller,
      microversion,
    }),
    image: service(connections, { name: 'Glance', baseUrl: endpoints.image, tokens, caller }),
    network: service(connections, { name: 'Neutron', baseUrl: endpoints.network, tokens, caller }),
  };
}

/** A credential without a name is the user's own: `login` gives a name to each that it creates. */
function callerOf(login: Session, http: Http): Caller {
  const { project, credential } = login;
  const isOwn = credential !== undefined && credential.name === undefined;
  return {
    project: project.name,
    credential: isOwn ? 'own' : 'login',
    roles: once(async () => {
      const { rolesNow } = await import('./session/renewal.ts');
      return rolesNow(http, login);
    }),
  };
}

async function openDeps(app: App): Promise<Deps> {
  const { world, flags, terminal, time, places, settings, session, cloud } = app;
  checkStateFiles(places.state);
  const login = await session();
  const { user, project, rootSecret } = login;
  const { notebook, context } = await settings();
  const options = {
    seen: openSeenNames({
      cacheFolder: places.cache,
      userId: world.userId,
      login: contextName({ context }),
      credentialId: login.store === 'env' ? login.credential?.id : undefined,
      owner: user,
      project,
    }),
    world,
    settings: await settings(),
    stateFolder: places.state,
    hostFiles: sshFiles(world, flags, context, { user, project }),
    deadline: time.deadline,
    owner: user,
    groups: login.groups,
    project,
    rootSecret,
    warn: terminal.warn,
    info: terminal.info,
    fetchText: async (address: string, maxBytes: number) => {
      const { fetchText } = await import('./openstack/text-file.ts');
      return fetchText(await app.http(), address, maxBytes);
    },
    note: (text: string) => {
      if (terminal.verbose) terminal.info(text);
    },
    ...(await cloud()),
  };
  return {
    ...options,
    journal: openJournal(options),
    watcher: openServerWatcher(options),
    account: accountFor(user, notebook.user),
    keyFile: notebook.keyFile,
    version,
  };
}
