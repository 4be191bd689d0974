import type { GuestAccess } from '../../notebooks/guests/access.ts';

/** A page for each participant, without scripts and links to elsewhere; printed, each is a sheet. */
export function htmlPages(pages: readonly GuestAccess[]): readonly string[] {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    '<meta name="referrer" content="no-referrer">',
    '<title>Notebooks</title>',
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    ...pages.flatMap(htmlPage),
    '</body>',
    '</html>',
  ];
}

const style = [
  'body{font:16px/1.4 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}',
  'section{break-after:page;margin-bottom:4rem}',
  'section:last-child{break-after:auto}',
  'pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #999;padding:.5rem;font-size:13px}',
  '@media print{body{margin:0;max-width:none}section{margin:0}pre{break-inside:avoid}}',
].join('');

function htmlPage(access: GuestAccess): readonly string[] {
  return [
    '<section>',
    `<h1>${escaped(access.guest)}: the notebook ${escaped(access.notebook)}</h1>`,
    ...partsOf(access).flatMap(({ text, code }) => [
      `<p>${escaped(text)}</p>`,
      ...(code === undefined ? [] : [`<pre>${escaped(code)}</pre>`]),
    ]),
    '</section>',
  ];
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** The same in Markdown. */
export function markdownPages(pages: readonly GuestAccess[]): readonly string[] {
  return pages.flatMap((access, at) => [
    ...(at === 0 ? [] : ['', '---', '']),
    `# ${access.guest}: the notebook ${access.notebook}`,
    ...partsOf(access).flatMap(({ text, code }) => [
      '',
      text,
      ...(code === undefined ? [] : ['', '```', code, '```']),
    ]),
  ]);
}

interface Part {
  readonly text: string;
  readonly code?: string | undefined;
}

function partsOf({ url, certificate, tunnel }: GuestAccess): readonly Part[] {
  const direct = certificate !== null;
  const page = { text: `${direct ? 'Open' : 'Then open'} this page in your browser:`, code: url };
  const fingerprint = {
    text: 'The browser may warn of a certificate that it does not know. Continue only if its SHA-256 fingerprint is:',
    code: certificate?.sha256 ?? undefined,
  };
  const lines = tunnel === null ? [] : tunnelParts(tunnel, direct);
  return [
    ...(direct
      ? [page, ...(certificate.selfSigned ? [fingerprint] : []), ...lines]
      : [...lines, page]),
    { text: 'The address is yours alone: anyone who has it can use the notebook as you.' },
  ];
}

function tunnelParts(
  { posix, powershell, putty, hostKeys, localPort }: NonNullable<GuestAccess['tunnel']>,
  direct: boolean,
): readonly Part[] {
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
