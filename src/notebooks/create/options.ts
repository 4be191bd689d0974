import { resolve } from 'node:path';
import type { SiteCertificate } from '../../certificates/site-certificate.ts';
import { NubesError } from '../../errors.ts';
import type { GivenGuest } from '../../given-guest.ts';
import type { Settings } from '../../settings/settings.ts';
import { type AlsoKey, readAlsoKeys } from './also-keys.ts';
import { type NewNotebookGuest, readGuest } from './guest.ts';

type NotebookSettings = Settings['notebook'];

/** What flags and a manifest entry say of a new notebook. The settings supply what they leave out. */
export interface CreateFields {
  readonly name: string;
  readonly image?: string | undefined;
  readonly size?: string | undefined;
  readonly network?: string | undefined;
  /** Relative to the working directory. */
  readonly key?: string | undefined;
  readonly alsoKeys?: readonly AlsoKey[] | undefined;
  readonly for?: GivenGuest | undefined;
  readonly access?: NotebookSettings['access'] | undefined;
  readonly floatingIp?: NotebookSettings['floatingIp'] | undefined;
  readonly requirements?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly expiresMs?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
}

/** How to get what only the command knows. */
export interface CreateEnvironment {
  /** What a direct notebook shows to browsers; undefined: a certificate that its VM signs. */
  readonly certificate?: SiteCertificate | undefined;
  /** Where these are written, for messages; a flag has no position. */
  readonly positions?:
    | Readonly<Partial<Record<'image' | 'size' | 'network' | 'key', string>>>
    | undefined;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
  /** Called if there is no key at all. */
  readonly mayMakeKey: () => Promise<boolean>;
}

/** Everything that a new notebook is made from: flags, manifest entry and settings, merged once. */
export interface CreateOptions extends CreateEnvironment {
  readonly name: string;
  /** What flags and the entry say by themselves. Only these can differ from an existing notebook. */
  readonly given: CreateFields;
  readonly image: string | undefined;
  readonly size: string | undefined;
  /** Undefined: the only one that a VM can be attached to. */
  readonly network: string | undefined;
  /** Absolute; undefined: the first key in `~/.ssh`. */
  readonly keyFile: string | undefined;
  /** Lines of further public keys of the owner's account. */
  readonly alsoKeys: readonly string[];
  /** Can use Jupyter from the first boot on. */
  readonly guest?: NewNotebookGuest | undefined;
  readonly access: NotebookSettings['access'];
  /** Undefined: as the settings say at each start. */
  readonly floatingIp: NotebookSettings['floatingIp'] | undefined;
  /** Python packages to install at the first boot, a line of a requirements file each. */
  readonly requirements: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly expiresMs: number | undefined;
  readonly idleTimeoutMs: number | undefined;
}

/**
 * Merges what the user gives with the settings. Nothing else decides what a default is. Throws USAGE or CONFIGURATION
 * for a further key or a guest.
 */
export function resolveCreateOptions(
  given: CreateFields,
  environment: CreateEnvironment,
  { notebook, cwd }: { readonly notebook: NotebookSettings; readonly cwd: string },
): CreateOptions {
  const access = given.access ?? notebook.access;
  return {
    ...environment,
    given,
    ...(given.for === undefined ? {} : { guest: readGuest(given.for, { access, cwd }) }),
    name: given.name,
    image: given.image ?? notebook.image,
    size: given.size ?? notebook.size,
    network: given.network ?? notebook.network,
    keyFile: given.key === undefined ? notebook.keyFile : resolve(cwd, given.key),
    alsoKeys: readAlsoKeys(cwd, given.alsoKeys ?? [], notebook.alsoKeys),
    access,
    floatingIp: given.floatingIp,
    requirements: given.requirements ?? [],
    labels: given.labels ?? {},
    expiresMs: given.expiresMs ?? notebook.expiresMs,
    idleTimeoutMs: given.idleTimeoutMs ?? notebook.idleTimeoutMs,
  };
}

/** Throws CONFIGURATION for direct access from any network at all. */
export function checkAccess(
  { access }: Pick<CreateOptions, 'access'>,
  { allowedCidr }: Pick<NotebookSettings, 'allowedCidr'>,
): void {
  if (access === 'tunnel' || allowedCidr.length > 0) return;
  throw new NubesError('CONFIGURATION', 'Direct access needs notebook.allowed_cidr.', {
    hint: 'nubes-nb config set notebook.allowed_cidr NETWORK, e.g. 192.0.2.0/24',
  });
}
