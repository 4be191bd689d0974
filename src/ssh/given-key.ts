import { ifRefused, readIfThere } from '../bounded-file.ts';
import { commandLine } from '../command-line.ts';
import { NubesError } from '../errors.ts';

const maxFileBytes = 16 * 1024;

/** Kinds that sshd has accepted for years; a VM may have a release that knows no others. */
const kinds = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-mldsa44-ed25519',
];

/** The public key in a file that the user gives: exactly one, without options. Throws USAGE; `shown` is for messages. */
export function readGivenKey(file: string, shown: string = file): string {
  const found = ifRefused(
    () => readIfThere(file, maxFileBytes),
    ({ message }) => {
      throw refused(`${shown} ${message}`);
    },
  );
  if (found === undefined) throw refused(`There is no file ${shown}`);
  const text = found.bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----|^PuTTY-User-Key-File/m.test(text)) {
    throw new NubesError('USAGE', `${shown} is a private key, which only its owner may have.`, {
      hint: `give the public one, such as ${commandLine([`${shown}.pub`])}`,
    });
  }
  if (text.startsWith('---- BEGIN SSH2 PUBLIC KEY')) {
    throw new NubesError('USAGE', `${shown} is not in the format of OpenSSH.`, {
      hint: `${commandLine(['ssh-keygen', '-i', '-f', shown])} > KEY.pub converts it`,
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
  if (!kinds.includes(kind)) throw refused(`${shown} ${whyUnknown(words)}`);
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  if (!isWhole || !bytes.subarray(4).toString('latin1').startsWith(kind)) {
    throw refused(`${shown} is a damaged key: its data is not of the kind ${kind}`);
  }
  return [kind, base64, ...comment].join(' ');
}

/** As a predicate. */
function whyUnknown(words: readonly string[]): string {
  if (words.slice(1).some((word) => kinds.includes(word))) {
    return 'has options before the key, which are not taken from others';
  }
  const [kind = ''] = words;
  if (/-cert-v\d+@/.test(kind)) return 'is a certificate, not a public key';
  const isKind = /^[\w@.-]{1,60}$/.test(kind) && /^AAAA/.test(words[1] ?? '');
  return isKind ? `is a key of a kind that is not accepted: ${kind}` : 'is not a public SSH key';
}

function refused(what: string): NubesError {
  return new NubesError('USAGE', `${what}.`, {
    hint: `a file with one line, such as ssh-ed25519 AAAA… anna@laptop; kinds: ${kinds.join(', ')}`,
  });
}
