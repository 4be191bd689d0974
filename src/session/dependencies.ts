import type { DirectorySettings } from '../directory/directory.ts';
import type { Http } from '../openstack/service.ts';
import type { World } from '../world.ts';
import type { StoreKind } from './session.ts';

/** The settings that sessions use. */
export interface SessionSettings {
  readonly context: string | undefined;
  readonly openstack: {
    readonly authUrl: string | undefined;
    readonly region: string | undefined;
    readonly interface: 'public' | 'internal' | 'admin';
    readonly userDomain: string;
    readonly project: string | undefined;
    readonly caFile?: string | undefined;
  };
  /** Undefined: logins are checked by Keystone only. */
  readonly ldap: DirectorySettings | undefined;
  readonly session: { readonly ttlMs: number; readonly store: Exclude<StoreKind, 'env'> };
}

export interface SessionDependencies {
  readonly world: World;
  readonly settings: SessionSettings;
  /** `config` is the user's settings file, for messages. */
  readonly places: { readonly state: string; readonly config?: string };
  readonly http: Http;
  /** The CA file of the stored login, which `http` trusts if the settings name none. */
  readonly caFile?: string | undefined;
  /** The same as `http`, with this CA file; undefined: with Node's own certificates. */
  readonly httpTrusting?: (caFile: string | undefined) => Promise<Http>;
  readonly trace: (text: string) => void;
  readonly info?: (text: string) => void;
  /** A new login does not revoke the one that it replaces, which then expires. */
  readonly keepReplacedLogin?: boolean;
}

/** The key of a context in session.json. */
export function contextName({ context }: Pick<SessionSettings, 'context'>): string {
  return context ?? 'default';
}
