import type { DirectorySettings } from '../directory/directory.ts';
import type { Http } from '../openstack/service.ts';
import type { World } from '../world.ts';
import type { StoreKind } from './session.ts';

/** The settings a session depends on. */
export interface SessionSettings {
  readonly context: string | undefined;
  readonly openstack: {
    readonly authUrl: string | undefined;
    readonly region: string | undefined;
    readonly interface: 'public' | 'internal' | 'admin';
    readonly userDomain: string;
    readonly project: string | undefined;
  };
  /** Undefined: Keystone alone decides. */
  readonly ldap: DirectorySettings | undefined;
  /** `ttl` in milliseconds. */
  readonly session: { readonly ttlMs: number; readonly store: Exclude<StoreKind, 'env'> };
}

/** What a session needs of the world. */
export interface SessionDependencies {
  readonly world: World;
  readonly settings: SessionSettings;
  /** `config` is the user's settings file, for messages. */
  readonly places: { readonly state: string; readonly config?: string };
  readonly http: Http;
  readonly trace: (text: string) => void;
  /** A new login leaves the credential and the tokens of the one it replaces to expire. */
  readonly spare?: boolean;
}

/** The name a context's session is kept under. */
export function contextName({ context }: Pick<SessionSettings, 'context'>): string {
  return context ?? 'default';
}
