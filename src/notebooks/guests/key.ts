import { readIfThere } from '../../bounded-file.ts';
import { NubesError } from '../../errors.ts';
import { keyType, publicLine } from '../../ssh/public-key.ts';
import { guestKeyTypes } from '../first-boot/guests.ts';

const maxFileBytes = 16 * 1024;
const minRsaBytes = 256;

/**
 * `file`: its path; `shown`: as the user wrote it. Returns `type base64 [comment]` of the public key in a file that its owner has sent. Throws USAGE for a private key, a format
 * or a type that sshd does not take, NOT_FOUND without a file.
 */
export function readGuestKey(file: string, shown: string): string {
  const text = textOf(file, shown);
  if (/-----BEGIN .*PRIVATE KEY-----|^PuTTY-User-Key-File/m.test(text)) {
    throw refused(
      shown,
      'is a private key, which only its owner may have',
      'ask for the public key, e.g. id_ed25519.pub, and for a new key pair if this file was sent to you',
    );
  }
  if (text.includes('---- BEGIN SSH2 PUBLIC KEY ----')) {
    throw refused(
      shown,
      'is in the format of PuTTY',
      `ssh-keygen -i -f ${shown} prints it in that of OpenSSH`,
    );
  }
  const line = publicLine(text);
  if (line === undefined) throw refused(shown, 'is not a public SSH key', askForOne);
  const type = keyType(line);
  if (!guestKeyTypes.some((each) => each === type))
    throw refused(shown, `has a key of the type ${type}, which notebooks do not accept`, askForOne);
  const fields = fieldsOf(line.split(' ')[1] ?? '');
  if (fields[0]?.toString('latin1') !== type)
    throw refused(shown, 'is damaged: the key is not of the type that it names', askForOne);
  if (type === 'ssh-rsa' && (fields[2]?.length ?? 0) < minRsaBytes) {
    throw refused(shown, 'has an RSA key of less than 2048 bits, which is too short', askForOne);
  }
  return line;
}

const askForOne = 'ask for one that ssh-keygen -t ed25519 makes: the file id_ed25519.pub';

function textOf(file: string, shown: string): string {
  let bytes: Buffer | undefined;
  try {
    bytes = readIfThere(file, maxFileBytes)?.bytes;
  } catch (error) {
    throw refused(shown, error instanceof Error ? error.message : 'cannot be read', askForOne);
  }
  if (bytes === undefined) throw new NubesError('NOT_FOUND', `There is no file ${shown}.`);
  return bytes.toString('utf8');
}

/** The fields of a key in SSH's wire format; none if it is not complete. */
function fieldsOf(base64: string): readonly Buffer[] {
  const bytes = Buffer.from(base64, 'base64');
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

function refused(shown: string, why: string, hint: string): NubesError {
  return new NubesError('USAGE', `${shown} ${why}.`, { hint });
}
