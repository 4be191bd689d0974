import type { GuestAccess } from '../../notebooks/guests/access.ts';
import { guestSteps, guestTitle } from './guest-page.ts';

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
    `<h1>${escaped(guestTitle(access))}</h1>`,
    ...guestSteps(access).flatMap(({ text, code }) => [
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
    `# ${guestTitle(access)}`,
    ...guestSteps(access).flatMap(({ text, code }) => [
      '',
      text,
      ...(code === undefined ? [] : ['', '```', code, '```']),
    ]),
  ]);
}
