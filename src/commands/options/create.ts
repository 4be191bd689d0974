import type { App } from '../../app.ts';
import type { SiteCertificate } from '../../certificates/site-certificate.ts';
import { NubesError } from '../../errors.ts';
import type { Fields } from '../../manifest/fields.ts';
import { repetition } from '../../manifest/positions.ts';
import { type CreateOptions, resolveCreateOptions } from '../../notebooks/create/options.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import type { PassphraseFlags } from './certificate.ts';
import type { WithPackages } from './requirements.ts';

/** What flags say of all notebooks to be made. */
export interface CreateFlagValues extends PassphraseFlags {
  readonly image?: string;
  readonly size?: string;
  readonly network?: string;
  readonly key?: string;
  readonly alsoKey?: readonly string[];
  readonly access?: 'tunnel' | 'direct';
  readonly floatingIp?: 'auto' | 'none';
  /** A file. */
  readonly requirements?: string;
  readonly label?: readonly string[];
  /** Makes no key either. */
  readonly dryRun?: boolean;
}

/**
 * Turns manifest entries into options: the entry's fields first, then the flags, then the settings. May ask
 * for the passphrase of the site's certificate. Throws USAGE for a label, a package or a key.
 */
export async function createOptionsFrom(
  app: App,
  flags: CreateFlagValues,
): Promise<(entry: WithPackages<Fields> & { readonly name: string }) => CreateOptions> {
  const { image, size, network, key, access, floatingIp, dryRun } = flags;
  const { terminal, world } = app;
  const { notebook } = await app.settings();
  const labels =
    flags.label === undefined
      ? {}
      : (await import('../../manifest/labels.ts')).parseLabels(flags.label);
  const requirements =
    flags.requirements === undefined
      ? undefined
      : await (await import('./requirements.ts')).packagesIn(app, flags.requirements);
  const alsoKeys = (flags.alsoKey ?? []).map((file) => ({ file }));
  const certificate = dryRun === true ? undefined : await certificateFor(app, flags);
  const person = repetition();
  const guestKey = repetition();
  return ({ positions, ...entry }) => {
    if (entry.for !== undefined) checkOncePerPerson(person, entry.for);
    const fields = {
      name: entry.name,
      image: entry.image ?? image,
      size: entry.size ?? size,
      network: entry.network ?? network,
      key: entry.key ?? key,
      for: entry.for,
      alsoKeys: [...(entry.alsoKeys ?? []), ...alsoKeys],
      requirements: entry.requirements ?? requirements,
      labels: { ...labels, ...entry.labels },
      expiresMs: entry.expiresMs,
      idleTimeoutMs: entry.idleTimeoutMs,
      access,
      floatingIp,
    };
    const environment = {
      certificate,
      positions,
      asks: false,
      mayMakeKey: async () => dryRun !== true && mayMakeKey(terminal),
    };
    const created = resolveCreateOptions(fields, environment, { notebook, cwd: world.cwd });
    checkOwnKey(guestKey, created);
    return created;
  };
}

type Repeated = ReturnType<typeof repetition>;

/** Throws USAGE for a second notebook of one person. */
function checkOncePerPerson(
  repeated: Repeated,
  { name, position }: NonNullable<Fields['for']>,
): void {
  const where = repeated(name, position);
  if (where === undefined) return;
  throw new NubesError('USAGE', `${where}: ${name} gets two notebooks.`, {
    hint: 'nubes-nb share NAME --as GUEST shares another one with them later',
  });
}

/** Throws USAGE for a key that an earlier person has: a line was copied, and one of them could not open the page. */
function checkOwnKey(repeated: Repeated, { guest, given }: CreateOptions): void {
  const key = guest?.keyLine?.split(' ')[1];
  const position = given.for?.position;
  const where = key && position && repeated(key, position);
  if (!where) return;
  throw new NubesError('USAGE', `${where}: two people have the same SSH key.`, {
    hint: 'each needs a key of their own: ssh-keygen -t ed25519',
  });
}

/** Asks before anything is made, and before the progress display. */
async function certificateFor(
  app: App,
  options: CreateFlagValues,
): Promise<SiteCertificate | undefined> {
  const access = options.access ?? (await app.settings()).notebook.access;
  if (access !== 'direct') return undefined;
  const { siteCertificate } = await import('./certificate.ts');
  return siteCertificate(app, options);
}

/** On a terminal, whether to make a key; elsewhere no. */
async function mayMakeKey({ ask, interactive }: Terminal): Promise<boolean> {
  if (!interactive) return false;
  return ask.confirm({
    message: 'There is no SSH key in ~/.ssh. Make ~/.ssh/id_ed25519 now?',
    flag: '--key',
    initial: true,
  });
}
