import type { Revocation } from '../../notebooks/guests/revoke.ts';
import type { Terminal } from '../../terminal/terminal.ts';

/** A guest's code can have added lines to the file of guests, with which it still gets in. */
export function warnOfUnlisted(terminal: Terminal, { notebook, unlisted }: Revocation): void {
  if (unlisted.length === 0) return;
  const hint = `nubes-nb share ${notebook} --revoke ${unlisted[0]}`;
  terminal.warn(
    `Also on the VM of ${notebook}, but not shared by nubes-nb as it is there: ${unlisted.join(', ')}. (${hint})`,
  );
}
