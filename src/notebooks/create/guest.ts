import { NubesError, withPosition } from '../../errors.ts';
import type { GivenGuest } from '../../given-guest.ts';
import { givenKeyIn, readGivenKey } from '../../ssh/given-key.ts';
import { checkGuestName } from '../guest.ts';

/** A guest who can use a new notebook from its first boot on. */
export interface NewNotebookGuest {
  readonly name: string;
  /** `type base64 [comment]` */
  readonly keyLine: string | undefined;
}

/** Throws USAGE with the position: for a name, a key, or a guest without a key of a notebook behind a tunnel. */
export function readGuest(
  { name, key, position }: GivenGuest,
  { access, cwd }: { readonly access: 'tunnel' | 'direct'; readonly cwd: string },
): NewNotebookGuest {
  try {
    checkGuestName(name);
    if (key !== undefined) return { name, keyLine: keyLineOf(key, cwd) };
  } catch (error) {
    throw withPosition(error, position);
  }
  if (access === 'direct') return { name, keyLine: undefined };
  throw new NubesError('USAGE', `${position}: ${name} needs an SSH key for the tunnel.`, {
    hint: 'add their public key (for_key, or the column key); or --access direct, which needs none',
  });
}

function keyLineOf(key: string, cwd: string): string {
  const isText = /BEGIN |^PuTTY-|^(ssh|ecdsa|sk)-\S+\s|(^|\s)AAAA[\w+/]/m.test(key);
  return isText ? givenKeyIn(key, 'the given text', 'KEY') : readGivenKey(cwd, key);
}

interface GivenFor {
  readonly for?: GivenGuest | undefined;
}

/** Throws USAGE with the position for a guest who is the owner. */
export function checkGuest(
  { guest, given }: { readonly guest?: NewNotebookGuest | undefined; readonly given: GivenFor },
  owner: string,
): void {
  if (guest?.name !== owner) return;
  const position = given.for?.position;
  throw new NubesError(
    'USAGE',
    `${position}: ${owner} owns the notebook, and cannot be a guest of it.`,
    { hint: 'for: GUEST with the name of another person, or a row without for' },
  );
}
