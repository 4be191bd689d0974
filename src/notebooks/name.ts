import { NubesError } from '../errors.ts';

const notebookName = /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What a command accepts for a notebook. */
export type Reference =
  | { readonly kind: 'name'; readonly name: string; readonly owner?: string }
  | { readonly kind: 'id'; readonly id: string };

/** Checks a new notebook's name before any network call. Throws USAGE. */
export function checkName(name: string): string {
  if (notebookName.test(name)) return name;
  throw new NubesError('USAGE', `'${shown(name)}' cannot be a notebook's name.`, {
    hint: 'use 1 to 32 of a-z, 0-9 and -, starting with a letter and not ending with -',
  });
}

/** How a command refers to a notebook: any project member can write its name in the metadata. */
export function wordFor({ name, id }: { readonly name: string; readonly id: string }): string {
  return isName(name) ? name : id;
}

export function isName(text: string): boolean {
  return notebookName.test(text);
}

/** Whether the text is a name or a UUID. */
export function isReference(text: string): boolean {
  return isName(text) || uuid.test(text);
}

export function isUuid(text: string): boolean {
  return uuid.test(text);
}

/** A name, `owner/name` or a server's UUID. Throws USAGE for anything else. */
export function readReference(text: string): Reference {
  if (uuid.test(text)) return { kind: 'id', id: text.toLowerCase() };
  const [, owner, name] = /^([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (owner === undefined || name === undefined) return { kind: 'name', name: checkName(text) };
  return { kind: 'name', name: checkName(name), owner };
}

function shown(name: string): string {
  const printable = name.replace(/[^\x20-\x7e]/g, '?');
  return printable.length > 40 ? `${printable.slice(0, 40)}…` : printable;
}

/** Compares names as people sort them: `nb-2` before `nb-10`. Made on demand, as it takes time. */
export function nameOrder(): (one: string, other: string) => number {
  return new Intl.Collator('en', { numeric: true }).compare;
}
