import type { Service } from '../openstack/service.ts';
import type { Settings } from '../settings/settings.ts';
import type { HostFiles } from '../ssh/host-files.ts';
import type { World } from '../world.ts';
import type { Owner } from './identity.ts';
import type { Journal } from './journal.ts';
import type { SeenNames } from './seen-names.ts';
import type { ServerWatcher } from './server-watcher.ts';

export interface DepsOptions {
  readonly world: World;
  readonly settings: Settings;
  readonly stateFolder: string;
  readonly hostFiles: HostFiles;
  /** The deadline of the whole command, in milliseconds since the epoch; undefined: it has none. */
  readonly deadline?: () => number | undefined;
  readonly owner: Owner;
  /** The groups of `limits.by_group` that the owner was in at login. */
  readonly groups: readonly string[];
  readonly project: { readonly id: string; readonly name: string };
  readonly rootSecret: () => Promise<Buffer>;
  readonly warn: (text: string) => void;
  /** On stderr, unless `-q` is given. */
  readonly info: (text: string) => void;
  /** The text at an https address of the site. Throws NubesError. */
  readonly fetchText: (address: string, maxBytes: number) => Promise<string>;
  /** Printed with `--verbose` only. */
  readonly note: (text: string) => void;
  readonly seen: SeenNames;
  readonly compute: Service;
  readonly image: Service;
  readonly network: Service;
}

/** The services that functions of `notebooks/` take first. */
export interface Deps extends DepsOptions {
  readonly journal: Journal;
  readonly watcher: ServerWatcher;
  /** The user's account on new VMs; undefined if the name is not a valid Linux user name. */
  readonly account: string | undefined;
  /** The SSH key's file, to reach VMs with; undefined: ssh's own choice. */
  readonly keyFile: string | undefined;
  readonly version: string;
}
