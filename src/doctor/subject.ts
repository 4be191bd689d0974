import type { Deps } from '../notebooks/deps.ts';
import type { Http } from '../openstack/service.ts';
import type { Session } from '../session/session.ts';
import type { SavedSession } from '../session/state.ts';
import type { Places } from '../settings/places.ts';
import type { LoadedSettings } from '../settings/settings.ts';
import type { World } from '../world.ts';

/** What is examined: each part may fail by itself. */
export interface Subject {
  readonly world: World;
  readonly places: Places;
  readonly loadedSettings: () => Promise<LoadedSettings>;
  readonly storedLogin: () => Promise<SavedSession | undefined>;
  readonly http: () => Promise<Http>;
  readonly session: () => Promise<Session>;
  readonly deps: () => Promise<Deps>;
}
