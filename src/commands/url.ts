import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';

interface UrlOptions {
  /** False with `--no-token`. */
  readonly token: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .option('--no-token', 'leave the token out')
    .addHelpText('after', '\nExample:\n  nubes-nb url lpd-tests')
    .action(act(url));
}

/** The URL alone is data; the tunnel that it needs is said beside it. */
export async function url(
  { terminal, notebooks }: Context,
  reference: string,
  { token }: UrlOptions,
): Promise<Report> {
  const mine = await notebooks();
  const { notebook, address } = token
    ? await mine.access(reference).then((found) => ({ ...found, address: found.tokenUrl }))
    : await mine.show(reference).then((found) => ({ notebook: found, address: found.url }));
  if (notebook.tunnel !== null && terminal.output === 'table') {
    terminal.say(`through the tunnel: ${notebook.tunnel.command}`);
  }
  return {
    data: { name: notebook.name, url: address, tunnel: notebook.tunnel },
    names: [address ?? ''],
    text: () => address ?? '',
  };
}
