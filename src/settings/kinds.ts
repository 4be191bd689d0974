import { isIP } from 'node:net';
import { isLoopback } from '../loopback.ts';
import { formatDurationSetting, parseDuration } from './duration.ts';

/** The value of a setting as in TOML and `config list`; durations are strings. */
export type Value = string | number | boolean | readonly string[];

/** What a key accepts. */
export interface Kind {
  /** Completes "must be ...". */
  readonly expects: string;
  /** The value in its canonical spelling; undefined if it is invalid. */
  readonly read: (value: unknown) => Value | undefined;
  /** Converts the text of a variable or an argument to the type that TOML has. */
  readonly fromText: (text: string) => unknown;
  /** A path: `~` and relative paths are resolved. */
  readonly isPath?: boolean;
}

const maxStringLength = 2_000;

function stringKind(expects: string, accepts: (text: string) => boolean): Kind {
  const read = (value: unknown) => (isPlainString(value) && accepts(value) ? value : undefined);
  return { expects, read, fromText: (text) => text };
}

function isPlainString(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= maxStringLength &&
    !/\p{Control}/u.test(value)
  );
}

export const string = stringKind('a string', () => true);
export const path: Kind = { ...stringKind('a file path', () => true), isPath: true };

export const folder = stringKind(
  'a folder below the home folder, such as "notebooks"',
  (value) => !value.startsWith('/') && !value.startsWith('~') && !value.split('/').includes('..'),
);

export const account = stringKind('an account name', (value) =>
  /^[A-Za-z_][A-Za-z0-9_.@-]{0,63}$/.test(value),
);

export const httpUrl = stringKind('an http:// or https:// URL without a password', (value) =>
  isUrl(value, ['http:', 'https:']),
);

export const httpsUrl = stringKind('an https:// URL without a password', (value) =>
  isUrl(value, ['https:']),
);

/** pip trusts only https and loopback by default; a shell on the VM reads this value as well. */
export const indexUrl = stringKind(
  'the https:// URL of a package index without a password, such as "https://pypi.example.org/simple"',
  (value) =>
    isUrl(value, ['http:', 'https:']) &&
    /^[A-Za-z0-9:/._~%[\]-]+$/.test(value) &&
    (value.startsWith('https:') || isLoopback(new URL(value).hostname)),
);

/** One or several. A DN contains commas, but no unescaped semicolon. */
export const bindTemplates: Kind = {
  expects:
    'a DN with {username}, such as "uid={username},ou=people,dc=example,dc=org", or a list of them; in Active Directory also "{username}@ad.example.org" or \'DOMAIN\\{username}\'',
  read: (value) => {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (items.length === 0 || !items.every(isBindTemplate)) return undefined;
    return Array.isArray(value) ? items.map(String) : String(value);
  },
  fromText: (text) => {
    const items = splitText(text, ';');
    return items.length === 1 ? items[0] : items;
  },
};

function isBindTemplate(value: unknown): boolean {
  if (!isPlainString(value) || !value.includes('{username}')) return false;
  return value.includes('=') || /^(\{username\}@[\w.-]+|[\w.-]+\\\{username\})$/.test(value);
}

/** Whether this is a name of Active Directory, not a DN. */
export function isPrincipalTemplate(template: string): boolean {
  return !template.includes('=');
}

/** Names of groups, separated by commas, or their DNs, separated by semicolons. */
export const groups: Kind = {
  ...listOf(
    'a list of names or DNs of groups; in text, DNs are separated by semicolons',
    (item) => isPlainString(item) && (!item.includes('=') || /^\s*[A-Za-z0-9.-]+\s*=/.test(item)),
  ),
  fromText: (text) => splitText(text, text.includes('=') ? ';' : /[,;]/),
};

const maxGroupLimit = 1_000;

/** A table; its value is a list of `GROUP=NUMBER`, in which the last `=` counts, as a DN has some of its own. */
export const groupLimits: Kind = {
  expects:
    'a table of groups, by name or DN, with numbers from 1 to 1000, such as { trainers = 40 }; in text "trainers=40; staff=10"',
  read: (value) => {
    const items =
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).map(([group, number]) => `${group}=${String(number)}`)
        : value;
    if (!Array.isArray(items) || !items.every(isGroupLimit)) return undefined;
    return items.map(String);
  },
  fromText: (text) => splitText(text, ';').map((item) => item.replace(/\s*=\s*(\d+)$/, '=$1')),
};

function isGroupLimit(item: unknown): boolean {
  const [, group = '', number] = (isPlainString(item) && /^(.+)=(\d{1,4})$/.exec(item)) || [];
  return group.trim() !== '' && Number(number) >= 1 && Number(number) <= maxGroupLimit;
}

export const hostTemplate = stringKind(
  'a host name with {ip} or {ip-dashed}, such as "host-{ip-dashed}.example.org"',
  (value) => value.includes('{ip}') || value.includes('{ip-dashed}'),
);

export const pattern = stringKind('a regular expression', (value) => {
  try {
    return new RegExp(value, 'u').source !== '';
  } catch {
    return false;
  }
});

/** A list of strings; a single string is a list of one. */
export const stringList = listOf('a list of strings', isPlainString);

export const ldapUrls = listOf(
  'a list of ldap:// or ldaps:// URLs',
  (value) => isPlainString(value) && isUrl(value, ['ldap:', 'ldaps:']),
);

export const publicKeys = listOf(
  'a list of public SSH keys, such as "ssh-ed25519 AAAA... name"',
  (value) => isPlainString(value) && /(^|\s)(ssh-|ecdsa-|sk-)\S+ AAAA/.test(value),
);

export const cidrs = listOf(
  'a list of networks, such as "192.0.2.0/24"; all addresses are "0.0.0.0/0"',
  (value) => isPlainString(value) && isCidr(value),
);

/** Only the two spellings of "all addresses" may have length 0: a slip such as 192.0.2.7/0 must not open a port to all. */
function isCidr(value: string): boolean {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(value) ?? [];
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return false;
  const bits = Number(length ?? 32);
  if (bits === 0) return address === '0.0.0.0' || address === '::';
  return bits <= (version === 4 ? 32 : 128);
}

function listOf(expects: string, accepts: (item: unknown) => boolean): Kind {
  return {
    expects,
    read: (value) => {
      const items: readonly unknown[] = Array.isArray(value) ? value : [value];
      return items.every((item) => typeof item === 'string' && accepts(item))
        ? items.map(String)
        : undefined;
    },
    fromText: (text) => splitText(text, ','),
  };
}

function splitText(text: string, separator: string | RegExp): string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function choice(names: readonly string[]): Kind {
  const quoted = names.map((name) => `"${name}"`);
  return {
    expects: `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`,
    read: (value) => names.find((name) => name === value),
    fromText: (text) => text,
  };
}

export const boolean: Kind = {
  expects: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
  fromText: (text) => ({ true: true, yes: true, 1: true, false: false, no: false, 0: false })[text],
};

export function integer(min: number, max: number): Kind {
  return {
    expects: `a whole number from ${min} to ${max}`,
    read: (value) =>
      Number.isInteger(value) && Number(value) >= min && Number(value) <= max
        ? Number(value)
        : undefined,
    fromText: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  };
}

export function duration(min: string, max: string): Kind {
  const [minMs = 0, maxMs = 0] = [parseDuration(min), parseDuration(max)];
  return {
    expects: `a duration from ${min} to ${max}, such as 90s, 6m, 2h or 7d`,
    read: (value) => {
      const isNumber = typeof value === 'number' && Number.isFinite(value);
      const durationMs =
        isNumber || typeof value === 'string' ? parseDuration(String(value)) : undefined;
      if (durationMs === undefined || durationMs < minMs || durationMs > maxMs) return undefined;
      return formatDurationSetting(durationMs);
    },
    fromText: (text) => text,
  };
}

/** A duration, or "off" to override the value of a source with lower precedence. */
export function orOff(kind: Kind): Kind {
  return {
    ...kind,
    expects: `${kind.expects}, or "off"`,
    read: (value) => (value === 'off' ? value : kind.read(value)),
  };
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  return protocols.includes(protocol) && hostname !== '' && username === '' && password === '';
}
