import type { Context } from '../context.ts';
import type { Wish } from '../notebooks/launch.ts';
import type { Fields } from '../roster/fields.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** What flags say of all notebooks to be made. */
export interface WishOptions {
  readonly image?: string;
  readonly size?: string;
  readonly network?: string;
  readonly key?: string;
  readonly label?: readonly string[];
  /** Makes no key either. */
  readonly dryRun?: boolean;
}

/** Makes wishes of entries; what an entry says goes before the flags. Throws USAGE for a label. */
export async function wisher(
  { terminal }: Context,
  { image, size, network, key, label, dryRun }: WishOptions,
): Promise<(entry: Fields & { readonly name: string }) => Wish> {
  const labels = label === undefined ? {} : await labelsIn(label);
  return (entry) => ({
    name: entry.name,
    image: entry.image ?? image,
    size: entry.size ?? size,
    network: entry.network ?? network,
    key: entry.key ?? key,
    labels: { ...labels, ...entry.labels },
    expires: entry.expires,
    idleTimeout: entry.idleTimeout,
    mayMakeKey: async () => dryRun !== true && mayMakeKey(terminal),
  });
}

async function labelsIn(texts: readonly string[]): Promise<Record<string, string>> {
  const { labelsOf } = await import('../roster/labels.ts');
  return labelsOf(texts);
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
