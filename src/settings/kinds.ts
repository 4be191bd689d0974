import { isIP } from 'node:net';
import { isLoopback } from '../loopback.ts';
import { formatDuration, parseDuration } from './duration.ts';

/** A setting's value as TOML and `config list` spell it; durations are texts. */
export type Value = string | number | boolean | readonly string[];

/** What a key accepts. */
export interface Kind {
  /** Completes "must be ...". */
  readonly expects: string;
  /** The value in its canonical spelling; undefined when it is not acceptable. */
  readonly read: (value: unknown) => Value | undefined;
  /** What a variable or the command line says, as TOML would hold it. */
  readonly fromText: (text: string) => unknown;
  /** A path: `~` and relative paths are resolved. */
  readonly isPath?: boolean;
}

const longest = 2_000;

function textual(expects: string, accepts: (text: string) => boolean): Kind {
  const read = (value: unknown) => (isPlainText(value) && accepts(value) ? value : undefined);
  return { expects, read, fromText: (text) => text };
}

function isPlainText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= longest &&
    !/\p{Control}/u.test(value)
  );
}

export const text = textual('a text', () => true);
export const path: Kind = { ...textual('the path of a file', () => true), isPath: true };

export const folder = textual(
  'a folder below the home folder, such as "notebooks"',
  (value) => !value.startsWith('/') && !value.startsWith('~') && !value.split('/').includes('..'),
);

export const account = textual('the name of an account', (value) =>
  /^[A-Za-z_][A-Za-z0-9_.@-]{0,63}$/.test(value),
);

export const httpUrl = textual('an http:// or https:// URL without a password', (value) =>
  isUrl(value, ['http:', 'https:']),
);

/** pip takes no other without more ado; what stands here is read by a shell and by pip on the VM. */
export const indexUrl = textual(
  'the https:// URL of a package index without a password, such as "https://pypi.example.org/simple"',
  (value) =>
    isUrl(value, ['http:', 'https:']) &&
    /^[A-Za-z0-9:/._~%[\]-]+$/.test(value) &&
    (value.startsWith('https:') || isLoopback(new URL(value).hostname)),
);

export const bindTemplate = textual(
  'a DN with {username}, such as "uid={username},ou=people,dc=example,dc=org"',
  (value) => value.includes('{username}') && value.includes('='),
);

export const hostTemplate = textual(
  'a host name with {ip} or {ip-dashed}, such as "host-{ip-dashed}.example.org"',
  (value) => value.includes('{ip}') || value.includes('{ip-dashed}'),
);

export const pattern = textual('a regular expression', (value) => {
  try {
    return new RegExp(value, 'u').source !== '';
  } catch {
    return false;
  }
});

/** A list of texts; one text alone is a list of one. */
export const texts = listOf('a list of texts', isPlainText);

export const ldapUrls = listOf(
  'a list of ldap:// or ldaps:// URLs',
  (value) => isPlainText(value) && isUrl(value, ['ldap:', 'ldaps:']),
);

export const publicKeys = listOf(
  'a list of public SSH keys, such as "ssh-ed25519 AAAA... name"',
  (value) => isPlainText(value) && /(^|\s)(ssh-|ecdsa-|sk-)\S+ AAAA/.test(value),
);

export const cidrs = listOf(
  'a list of networks, such as "192.0.2.0/24"; all addresses are "0.0.0.0/0"',
  (value) => isPlainText(value) && isCidr(value),
);

/** A slip such as 192.0.2.7/0 must not open a port to everybody. */
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
    fromText: (text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
  };
}

export function choice(names: readonly string[]): Kind {
  const quoted = names.map((name) => `"${name}"`);
  return {
    expects: `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`,
    read: (value) => names.find((name) => name === value),
    fromText: (text) => text,
  };
}

export const yesOrNo: Kind = {
  expects: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
  fromText: (text) => ({ true: true, yes: true, 1: true, false: false, no: false, 0: false })[text],
};

export function whole(least: number, most: number): Kind {
  return {
    expects: `a whole number from ${least} to ${most}`,
    read: (value) =>
      Number.isInteger(value) && Number(value) >= least && Number(value) <= most
        ? Number(value)
        : undefined,
    fromText: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  };
}

export function duration(least: string, most: string): Kind {
  const [from = 0, to = 0] = [parseDuration(least), parseDuration(most)];
  return {
    expects: `a duration from ${least} to ${most}, written like 90s, 6m, 2h or 7d`,
    read: (value) => {
      const isNumber = typeof value === 'number' && Number.isFinite(value);
      const milliseconds =
        isNumber || typeof value === 'string' ? parseDuration(String(value)) : undefined;
      if (milliseconds === undefined || milliseconds < from || milliseconds > to) return undefined;
      return formatDuration(milliseconds);
    },
    fromText: (text) => text,
  };
}

/** A duration that a nearer file can take back with "off". */
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
