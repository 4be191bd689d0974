import { dnAttributes, type Entry, normalizeDn, normalizeValue } from './tree.ts';

/** A search filter as ldapjs parses it; which fields are there depends on `type`. */
export interface Filter {
  readonly type: string;
  readonly filters?: readonly Filter[];
  readonly filter?: Filter;
  readonly attribute?: string;
  readonly value?: string;
  readonly initial?: string;
  readonly any?: readonly string[];
  readonly final?: string;
}

/** Whether the entry matches. Unsupported filters match nothing, as in OpenLDAP. */
export function matches(filter: Filter, entry: Entry): boolean {
  const parts = filter.filters ?? [];
  switch (filter.type) {
    case 'AndFilter':
      return parts.every((part) => matches(part, entry));
    case 'OrFilter':
      return parts.some((part) => matches(part, entry));
    case 'NotFilter':
      return filter.filter !== undefined && !matches(filter.filter, entry);
    case 'PresenceFilter':
      return valuesOf(entry, filter.attribute).length > 0;
    case 'EqualityFilter':
      return hasValue(entry, filter.attribute ?? '', filter.value ?? '');
    case 'SubstringFilter':
      return valuesOf(entry, filter.attribute).some((value) => matchesSubstrings(value, filter));
    default:
      return false;
  }
}

/** Whether a value of the attribute equals the given one by the attribute's matching rule. */
export function hasValue(entry: Entry, attribute: string, value: string): boolean {
  const normalize = dnAttributes.includes(attribute.toLowerCase()) ? normalizeDn : normalizeValue;
  return valuesOf(entry, attribute).some((own) => normalize(own) === normalize(value));
}

/** The attribute's values; its name is case-insensitive. */
export function valuesOf(entry: Entry, attribute = ''): readonly string[] {
  const name = Object.keys(entry.attributes).find(
    (candidate) => candidate.toLowerCase() === attribute.toLowerCase(),
  );
  return (name === undefined ? undefined : entry.attributes[name]) ?? [];
}

function matchesSubstrings(value: string, { initial = '', any = [], final = '' }: Filter): boolean {
  const parts = [initial, ...any, final].map(normalizeValue);
  return inOrder(normalizeValue(value), parts);
}

/** The first part is a prefix of the value, the last a suffix; the others occur in order between them. */
function inOrder(value: string, parts: readonly string[]): boolean {
  const last = parts.at(-1) ?? '';
  if (!value.startsWith(parts[0] ?? '') || !value.endsWith(last)) return false;
  let from = 0;
  for (const part of parts.slice(0, -1)) {
    const at = value.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= value.length - last.length;
}
