import { setMaxListeners } from 'node:events';
import type { Deps } from '../notebooks/deps.ts';
import type { Image } from '../openstack/image/images.ts';
import type { Settings } from '../settings/settings.ts';
import { type Check, check, type Finding, skipped } from './check.ts';
import { checkKey, checkProgram, checkSsh } from './computer.ts';
import { checkNamedFiles, checkSettings } from './settings.ts';
import { checkStateFolder } from './state-folder.ts';
import type { Subject } from './subject.ts';

/**
 * All checks, in the order in which their failures explain each other. What needs a failed one is skipped; the others
 * run at the same time, so all end within three times the limit of one.
 */
export async function examine(subject: Subject): Promise<readonly Check[]> {
  const { world, places } = subject;
  // Checks and their requests all wait for it; from eleven on Node warns of a leak.
  setMaxListeners(0, world.interrupted);
  const run = (name: string, work: () => Promise<Finding> | Finding) => check(world, name, work);
  const settings = await subject.loadedSettings().then(
    (loaded) => loaded.settings,
    () => undefined,
  );
  const local = [
    run('program', () => checkProgram(world)),
    run('settings', async () => checkSettings(await subject.loadedSettings())),
    run('state', () => checkStateFolder(places.state, world)),
    run('ssh', () => checkSsh(places.state, world)),
  ];
  if (settings === undefined) return [...(await Promise.all(local)), await skipRest(run)];
  const files = [
    run('files', () => checkNamedFiles(settings, world)),
    run('ssh key', () => checkKey(settings, world)),
  ];
  const outside = [ldap(subject, settings), cloud(subject, settings)];
  const all = [...local, ...files, ...outside];
  return (await Promise.all(all)).flat();
}

async function skipRest(run: (name: string, work: () => Finding) => Promise<Check>) {
  return run('cloud', () => skipped('needs valid settings'));
}

async function ldap({ world }: Subject, settings: Settings): Promise<readonly Check[]> {
  const { checkDirectory } = await import('./directory.ts');
  return checkDirectory(world, settings.ldap);
}

async function cloud(subject: Subject, settings: Settings): Promise<readonly Check[]> {
  const { world } = subject;
  const { askKeystone, authUrlOf, checkClock } = await import('./services.ts');
  const { checkLogin, checkStore } = await import('./login.ts');
  const saved = await subject.storedLogin().catch(() => undefined);
  let keystoneTime: Date | undefined;
  const keystone = check(world, 'keystone', async () => {
    const { finding, at } = await askKeystone(await subject.http(), authUrlOf(settings, saved));
    keystoneTime = at;
    return finding;
  });
  const clock = keystone.then(({ state }) =>
    check(world, 'clock', () => {
      if (keystoneTime !== undefined) return checkClock(world, keystoneTime);
      return skipped(state === 'failed' ? 'needs Keystone' : "Keystone's answers have no date");
    }),
  );
  const store = check(world, 'keychain', () => checkStore(subject, settings));
  const session = store.then(({ state }) =>
    check(world, 'session', () =>
      state === 'failed' ? skipped('needs the keychain') : checkLogin(subject),
    ),
  );
  const rest = [services(subject, settings, session), project(subject, session)];
  return (
    await Promise.all([keystone, clock, ...rest.slice(0, 1), store, session, ...rest.slice(1)])
  ).flat();
}

/** Their addresses are in the stored login, also in one that has expired. */
async function services(
  subject: Subject,
  settings: Settings,
  session: Promise<Check>,
): Promise<readonly Check[]> {
  const { world } = subject;
  const { askService, endpointsOf } = await import('./services.ts');
  const saved = await subject.storedLogin().catch(() => undefined);
  const stored = endpointsOf(settings, saved);
  const endpoints =
    stored ?? (isLogin(await session) ? (await subject.session()).endpoints : undefined);
  const ask = (name: 'Nova' | 'Glance' | 'Neutron', baseUrl: string | undefined) =>
    check(world, name.toLowerCase(), async () =>
      baseUrl === undefined ? skipped(needsLogin) : askService(await subject.http(), name, baseUrl),
    );
  return Promise.all([
    ask('Nova', endpoints?.compute),
    ask('Glance', endpoints?.image),
    ask('Neutron', endpoints?.network),
  ]);
}

const needsLogin = 'needs a login';

function isLogin({ state }: Check): boolean {
  return state === 'ok' || state === 'warning';
}

/** What a login sees of its project. */
async function project(subject: Subject, session: Promise<Check>): Promise<readonly Check[]> {
  const { checkImage, checkNetwork, checkQuota, checkSize, chosenImage } = await import(
    './cloud.ts'
  );
  const { checkJournal, checkKeyPairs, checkLeftovers } = await import('./leftovers.ts');
  const { checkRoute } = await import('./route.ts');
  const deps = isLogin(await session) ? { ...(await subject.deps()), warn: () => {} } : undefined;
  const image = deps && chosenImage(deps);
  const ask = (name: string, work: (deps: Deps, image: () => Promise<Image>) => Promise<Finding>) =>
    check(subject.world, name, () => (image ? work(deps, image) : skipped(needsLogin)));
  return Promise.all([
    ask('image', checkImage),
    ask('size', checkSize),
    ask('network', checkNetwork),
    ask('quota', checkQuota),
    ask('route', checkRoute),
    ask('journal', checkJournal),
    ask('leftovers', checkLeftovers),
    ask('key pairs', checkKeyPairs),
  ]);
}
