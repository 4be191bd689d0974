import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { Notebooks } from '../notebooks/notebooks.ts';
import { age } from '../terminal/age.ts';
import type { Report } from '../terminal/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Act } from './act.ts';
import { aboutCertificate } from './certificate-words.ts';

interface ShowOptions {
  readonly showToken?: boolean;
  readonly probe?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .option('--show-token', 'put the token in the URL')
    .option('--probe', 'ask whether Jupyter answers: ready, or unreachable')
    .addHelpText('after', '\nExample:\n  nubes-nb show lpd-tests')
    .action(act(show));
}

export async function show(
  { notebooks }: Context,
  reference: string,
  { showToken, probe }: ShowOptions,
): Promise<Report> {
  const mine = await notebooks();
  const found = await mine.show(reference, probe);
  const shown = showToken === true ? await withToken(mine, found) : found;
  return { data: shown, names: [shown.name], text: (terminal) => facts(shown, terminal) };
}

async function withToken(mine: Notebooks, notebook: Notebook): Promise<Notebook> {
  const { tokenUrl } = await mine.access(notebook.id);
  return { ...notebook, url: tokenUrl };
}

function facts(notebook: Notebook, { palette, now }: Terminal): string {
  const { size, nova } = notebook;
  const task = nova.taskState === null ? '' : `, ${nova.taskState}`;
  const rows: [string, string | null][] = [
    ['Name', palette.bold(notebook.key)],
    ['Status', `${notebook.status} (Nova: ${nova.status}${task})`],
    ['Fault', notebook.fault],
    ['VM', `${notebook.id} (${notebook.vmName})`],
    [
      'Size',
      `${size.name}: ${size.vcpus} cores, ${size.ramMiB} MiB memory, ${size.diskGiB} GiB disk`,
    ],
    ['Image', notebook.image.name ?? notebook.image.id],
    ['Address', notebook.address],
    ['Host', notebook.host],
    ['Created', `${notebook.createdAt} (${age(new Date(notebook.createdAt), now())} ago)`],
    ['Expires', notebook.expiresAt],
    ['Idle stop', notebook.idleTimeout],
    ['Protected', notebook.protected ? 'yes' : null],
    ['URL', notebook.url],
    ['Tunnel', notebook.tunnel?.command ?? null],
    ...aboutCertificate(notebook.certificate).map((line, number): [string, string] => [
      number === 0 ? 'TLS' : '',
      line,
    ]),
  ];
  return rows
    .filter(([, value]) => value !== null)
    .map(([label, value]) => `${label.padEnd(9)}  ${value}`)
    .join('\n');
}
