import type { GuestAccess } from '../../notebooks/guests/access.ts';
import type { Line, Wrapped } from '../../terminal/report.ts';
import { aboutCertificate } from './certificate.ts';

/** What the owner sends to a guest: it needs no program or file of ours. */
export function guestPage(access: GuestAccess): readonly Line[] {
  const { guest, notebook, url, certificate, tunnel } = access;
  const title = `For ${guest}: the notebook ${notebook}`;
  const secret = {
    text: `The URL is yours alone: anyone who has it can use ${notebook} as you.`,
  };
  if (certificate !== null) {
    const also =
      tunnel === null ? [] : ['', 'If that page cannot be reached:', ...tunnelLines(tunnel)];
    return [
      title,
      '',
      'Open in your browser:',
      `  ${url}`,
      '',
      ...aboutCertificate(certificate),
      ...also,
      secret,
    ];
  }
  return [
    title,
    '',
    ...(tunnel === null
      ? []
      : ['1. Run one of these lines, and leave it running:', ...tunnelLines(tunnel)]),
    '2. Open in your browser:',
    `  ${url}`,
    '',
    secret,
  ];
}

function tunnelLines({
  posix,
  powershell,
  putty,
  hostKeys,
  localPort,
}: NonNullable<GuestAccess['tunnel']>): readonly Line[] {
  return [
    '',
    '  Linux, macOS:',
    `  ${posix}`,
    '',
    '  Windows, in PowerShell:',
    `  ${powershell}`,
    '',
    '  Windows, with PuTTY:',
    `  ${putty}`,
    '',
    prose('ssh finds a key in ~/.ssh or in an agent; for another one, add -i FILE.'),
    prose('It prints nothing while it runs.'),
    prose(`"Address already in use": another program has port ${localPort}.`),
    prose(`The VM's host key: ${hostKeys[0] ?? ''}`),
    '',
  ];
}

function prose(text: string): Wrapped {
  return { head: ' ', text };
}
