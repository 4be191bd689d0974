import type { Client, Entry } from 'ldapts';
import { serverError } from './server-error.ts';

export interface Attributes {
  /** The DN as the server writes it. */
  readonly dn: string;
  readonly texts: (attribute: string) => string[];
  readonly bytes: (attribute: string) => Buffer[];
}

/** The attributes of one entry; undefined if the server does not show it. */
export async function readAttributes(
  client: Client,
  url: string,
  dn: string,
  attributes: string[],
): Promise<Attributes | undefined> {
  const { searchEntries } = await client
    .search(dn, { scope: 'base', filter: '(objectClass=*)', attributes })
    .catch((error: unknown) => {
      throw serverError(url, error);
    });
  const [entry] = searchEntries;
  return entry && attributesOf(entry);
}

export function attributesOf(entry: Entry): Attributes {
  return {
    dn: entry.dn,
    texts: (attribute) => valuesOf(entry, attribute).filter((each) => typeof each === 'string'),
    bytes: (attribute) => valuesOf(entry, attribute).map((each) => Buffer.from(each)),
  };
}

/**
 * ldapts returns one value as itself, several as a list, and none as an empty list; as a Buffer if it is
 * not UTF-8.
 */
function valuesOf(entry: Entry, attribute: string): (string | Buffer)[] {
  const key = Object.keys(entry).find((name) => name.toLowerCase() === attribute.toLowerCase());
  const value = key === undefined ? [] : entry[key];
  return [value].flat().filter((each) => typeof each === 'string' || Buffer.isBuffer(each));
}
