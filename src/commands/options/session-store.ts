import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import { openStore } from '../../session/store.ts';
import { setSetting } from '../../settings/change.ts';
import type { Answers } from '../../settings/first-file.ts';

/** Asks where to keep the session, of the places that work here. Throws KEYCHAIN_UNAVAILABLE if none is chosen. */
export async function askForStore(app: App, given: string | undefined): Promise<Answers> {
  if (given !== undefined) return [['session.store', given]];
  if (!(await mayAsk(app))) return [];
  return askWithKeychain(app, await keychainRefusal(app));
}

/** After a login that the keychain refused: sets the store in the settings if the user wants a file. Throws `refusal` otherwise. */
export async function replaceKeychain(app: App, refusal: NubesError): Promise<void> {
  if (!(await mayAsk(app))) throw refusal;
  for (const [key, text] of await askWithKeychain(app, refusal)) {
    const { path } = await setSetting(app.world, app.flags, key, text ?? '');
    app.terminal.info(`${key} is set in ${path}.`);
  }
}

async function mayAsk({ terminal, loadedSettings }: App): Promise<boolean> {
  const { entries } = await loadedSettings();
  const isSet = entries.some(({ key, origin }) => key === 'session.store' && origin !== 'default');
  return terminal.interactive && !isSet;
}

/** `refusal`: why the keychain cannot be used. */
async function askWithKeychain(
  { terminal, world, places }: Pick<App, 'terminal' | 'world' | 'places'>,
  refusal: NubesError | undefined,
): Promise<Answers> {
  if (world.platform === 'win32') {
    if (refusal !== undefined) throw refusal;
    return [];
  }
  if (refusal !== undefined) terminal.warn(refusal.message);
  const store = await terminal.ask.choose<'keychain' | 'file' | undefined>({
    message: 'Keep the session in:',
    flag: '--store',
    choices: [
      ...(refusal === undefined
        ? [{ name: 'the keychain of this computer', short: 'keychain', value: 'keychain' as const }]
        : []),
      {
        name: 'a file that only you and the administrators can read',
        short: 'file',
        value: 'file',
        description: `In ${places.state}, as safe as your home folder`,
      },
      ...(refusal === undefined
        ? []
        : [
            {
              name: 'neither: stop here, and start a keychain first',
              short: 'neither',
              value: undefined,
            },
          ]),
    ],
  });
  if (store === undefined) throw refusal;
  return [['session.store', store]];
}

async function keychainRefusal({ world, places, terminal }: App): Promise<NubesError | undefined> {
  try {
    const keychain = await openStore({ world, places, info: terminal.info }, 'keychain');
    await keychain.probe();
    return undefined;
  } catch (error) {
    if (error instanceof NubesError && error.code === 'KEYCHAIN_UNAVAILABLE') return error;
    throw error;
  }
}
