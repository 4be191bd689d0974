import { inPairs } from '../../fingerprint.ts';
import type { GuestAccess } from '../../notebooks/guests/access.ts';
import type { Line } from '../../terminal/report.ts';

/** What a guest reads, and then runs, opens or compares. */
export interface GuestStep {
  readonly text: string;
  readonly code?: string | undefined;
}

/** What the owner sends to a guest: it needs no program or file of ours. */
export function guestPage(access: GuestAccess): readonly Line[] {
  return [
    `For ${guestTitle(access)}`,
    ...guestSteps(access).flatMap(({ text, code }): Line[] => [
      '',
      { text },
      ...(code === undefined ? [] : [`  ${code}`]),
    ]),
  ];
}

export function guestTitle({ guest, notebook }: GuestAccess): string {
  return `${guest}: the notebook ${notebook}`;
}

/** The same on each form of the page. */
export function guestSteps({ url, certificate, tunnel }: GuestAccess): readonly GuestStep[] {
  const direct = certificate !== null;
  const page = { text: `${direct ? 'Open' : 'Then open'} this page in your browser:`, code: url };
  const lines = tunnel === null ? [] : tunnelSteps(tunnel, direct);
  return [
    ...(direct ? [page, ...aboutWarning(certificate), ...lines] : [...lines, page]),
    { text: 'The address is yours alone: anyone who has it can use the notebook as you.' },
  ];
}

function aboutWarning({
  selfSigned,
  sha256,
}: NonNullable<GuestAccess['certificate']>): readonly GuestStep[] {
  if (!selfSigned || sha256 === null) return [];
  return [
    {
      text: 'The browser may warn of a certificate that it does not know. Continue only if its SHA-256 fingerprint is:',
      code: inPairs(sha256),
    },
  ];
}

function tunnelSteps(
  { posix, powershell, putty, hostKeys, localPort }: NonNullable<GuestAccess['tunnel']>,
  direct: boolean,
): readonly GuestStep[] {
  const when = direct ? 'If that page cannot be reached, run' : 'Run';
  return [
    { text: `${when} one of these lines and leave it running. Linux and macOS:`, code: posix },
    { text: 'Windows, in PowerShell:', code: powershell },
    { text: 'Windows, with PuTTY:', code: putty },
    {
      text: `It prints nothing while it runs. ssh finds a key in ~/.ssh or in an agent; for another one, add -i FILE. "Address already in use": another program has port ${localPort}. The host key of the VM:`,
      code: hostKeys[0],
    },
  ];
}
