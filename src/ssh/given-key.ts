import { resolve } from 'node:path';
import { ifRefused, readIfThere } from '../bounded-file.ts';
import { commandLine } from '../command-line.ts';
import { NubesError } from '../errors.ts';
import { publicKeyKinds } from './public-key.ts';

const maxFileBytes = 16 * 1024;

const minRsaBytes = 256;

/** The public key in a file that the user gives, relative to the working directory: exactly one, without options. Throws USAGE. */
export function readGivenKey(cwd: string, file: string): string {
  const found = ifRefused(
    () => readIfThere(resolve(cwd, file), maxFileBytes),
    ({ message }) => {
      throw refused(`${file} ${message}`);
    },
  );
  if (found === undefined) throw refused(`There is no file ${file}`);
  return givenKeyIn(found.bytes.toString('utf8').replace(/^\uFEFF/, ''), file);
}

/** The same for what such a file holds; `file` is for commands in hints. */
export function givenKeyIn(text: string, shown: string, file: string = shown): string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----|^PuTTY-User-Key-File/m.test(text)) {
    throw new NubesError('USAGE', `${shown} is a private key, which only its owner may have.`, {
      hint: `give the public one, such as ${commandLine([`${file}.pub`])}; if the private one was sent to you, its owner needs a new key pair`,
    });
  }
  if (text.startsWith('---- BEGIN SSH2 PUBLIC KEY')) {
    throw new NubesError('USAGE', `${shown} is not in the format of OpenSSH.`, {
      hint: `${commandLine(['ssh-keygen', '-i', '-f', file])} > KEY.pub converts it`,
    });
  }
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(?:#|$)/.test(line));
  const [line, ...more] = lines;
  if (line === undefined) throw refused(`${shown} is empty`);
  if (more.length > 0) throw refused(`${shown} has ${lines.length} lines, not one key`);
  return checkedKey(line, shown);
}

/** `type base64 [comment]`, without needless space. Throws USAGE; `shown` names the key in messages. */
export function checkedKey(line: string, shown: string): string {
  const words = line.trim().split(/\s+/);
  const [kind = '', base64 = '', ...comment] = words;
  if (/\p{Control}/u.test(line.trim())) throw refused(`${shown} has control characters`);
  if (!isKnown(kind)) throw refused(`${shown} ${whyUnknown(words)}`);
  const fields = fieldsOf(base64);
  if (fields[0]?.toString('latin1') !== kind) {
    throw refused(`${shown} is a damaged key: its data is not of the kind ${kind}`);
  }
  if (fields.length < fieldsIn(kind)) {
    throw refused(`${shown} is a damaged key: its data ends too early`);
  }
  if (kind === 'ssh-rsa' && (fields[2]?.length ?? 0) < minRsaBytes) {
    throw refused(`${shown} is an RSA key of less than 2048 bits, which is too short`);
  }
  // The VM's script knows no needless padding.
  return [kind, Buffer.from(base64, 'base64').toString('base64'), ...comment].join(' ');
}

/** The kind itself, then a key; curves and exponents before it, and the application of a security key after it. */
function fieldsIn(kind: string): number {
  const hasCurve = /^(?:sk-)?ecdsa-|^ssh-rsa$/.test(kind);
  return 2 + (hasCurve ? 1 : 0) + (kind.startsWith('sk-') ? 1 : 0);
}

/** The fields of a key in SSH's wire format; none if it is not complete. */
function fieldsOf(base64: string): readonly Buffer[] {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '')) return [];
  const fields: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return [];
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return [];
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function isKnown(kind: string): boolean {
  return publicKeyKinds.some((each) => each === kind);
}

/** As a predicate. */
function whyUnknown(words: readonly string[]): string {
  if (words.slice(1).some(isKnown)) {
    return 'has options before the key, which are not taken from others';
  }
  const [kind = ''] = words;
  if (/-cert-v\d+@/.test(kind)) return 'is a certificate, not a public key';
  const isKind = /^[\w@.-]{1,60}$/.test(kind) && /^AAAA/.test(words[1] ?? '');
  return isKind ? `is a key of a kind that is not accepted: ${kind}` : 'is not a public SSH key';
}

function refused(what: string): NubesError {
  return new NubesError('USAGE', `${what}.`, {
    hint: `a file with one line, such as ssh-ed25519 AAAA… anna@laptop; kinds: ${publicKeyKinds.join(', ')}`,
  });
}
