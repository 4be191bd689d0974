/** Text from an LDAP server, made fit for a terminal: one short line without control characters. */
export function clean(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim()
    .slice(0, 200);
}

/** A value of a DN by RFC 4514, so that a name stays one value whatever it holds. */
export function escapeDnValue(value: string): string {
  return value
    .replace(/[\\"+,;<>=#]/g, '\\$&')
    .replace(/^ | $/g, '\\20')
    .replace(/[\u0000-\u001f\u007f]/g, hexPair);
}

/** A value inside an LDAP filter's text by RFC 4515. */
export function escapeFilterValue(value: string): string {
  return value.replace(/[\\*()\u0000]/g, hexPair);
}

function hexPair(character: string): string {
  return `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** A DN for comparing: letter case and the spaces around separators do not count. */
export function comparable(dn: string): string {
  return dn.replace(/\s*([,=+])\s*/g, '$1').toLowerCase();
}

/** The cn a DN begins with, lower case; undefined when it begins with something else. */
export function commonName(dn: string): string | undefined {
  return /^cn=((?:\\.|[^,+\\])*)/i.exec(dn)?.[1]?.trim().toLowerCase();
}
