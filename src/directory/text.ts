/** Untrusted text as one short line without control characters. */
export function clean(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim()
    .slice(0, 200);
}

/** A value in a DN, escaped by RFC 4514. */
export function escapeDnValue(value: string): string {
  return value
    .replace(/[\\"+,;<>=#]/g, '\\$&')
    .replace(/^ | $/g, '\\20')
    .replace(/[\u0000-\u001f\u007f]/g, hexPair);
}

/** A value in the text of an LDAP filter, escaped by RFC 4515. */
export function escapeFilterValue(value: string): string {
  return value.replace(/[\\*()\u0000]/g, hexPair);
}

function hexPair(character: string): string {
  return `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** A DN in lower case and without spaces around its separators, for comparison. */
export function normalizeDn(dn: string): string {
  return dn.replace(/\s*([,=+])\s*/g, '$1').toLowerCase();
}

/** The cn with which a DN begins, in lower case; undefined if it begins with another attribute. */
export function commonName(dn: string): string | undefined {
  return /^cn=((?:\\.|[^,+\\])*)/i.exec(dn)?.[1]?.trim().toLowerCase();
}

/** The DN of the entry above. */
export function parentOf(dn: string): string {
  return dn.replace(/^(?:\\.|[^,\\])*,?\s*/s, '');
}
