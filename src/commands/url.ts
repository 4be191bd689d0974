import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { NubesError } from '../errors.ts';
import type { Notebook } from '../notebooks/notebook.ts';
import type { Report } from '../terminal/report.ts';
import type { Act } from './act.ts';
import { aboutCertificate } from './certificate-words.ts';

interface UrlOptions {
  /** False with `--no-token`. */
  readonly token: boolean;
  readonly direct?: boolean;
}

export function declare(command: Command, act: Act): void {
  command
    .argument('<name>', 'the notebook, by name or UUID')
    .option('--direct', 'the https URL, which needs no tunnel; fails where there is none')
    .option('--no-token', 'leave the token out')
    .addHelpText('after', '\nExample:\n  nubes-nb url lpd-tests')
    .action(act(url));
}

/** The URL alone is data; the tunnel or the certificate that goes with it is said beside it. */
export async function url(
  { terminal, notebooks }: Context,
  reference: string,
  { token, direct }: UrlOptions,
): Promise<Report> {
  const mine = await notebooks();
  const { notebook, address } = token
    ? await mine.access(reference).then((found) => ({ ...found, address: found.tokenUrl }))
    : await mine.show(reference).then((found) => ({ notebook: found, address: found.url }));
  const { name, access, tunnel, certificate } = notebook;
  if (direct && access === 'tunnel') throw tunnelOnly(name);
  if (address === null) throw noAddress(name);
  if (terminal.output === 'table') for (const line of beside(notebook)) terminal.say(line);
  return {
    data: { name, url: address, tunnel, access, certificate },
    names: [address],
    text: () => address,
  };
}

function beside({ access, tunnel, certificate }: Notebook): readonly string[] {
  if (access === 'direct') return aboutCertificate(certificate);
  return tunnel === null ? [] : [`through the tunnel: ${tunnel.command}`];
}

function tunnelOnly(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} is reached through a tunnel only.`, {
    hint: `nubes-nb open ${name} opens the tunnel and the page; create NAME --access direct makes one that needs none.`,
  });
}

function noAddress(name: string): NubesError {
  return new NubesError('WRONG_STATE', `${name} has no address yet.`, {
    hint: `nubes-nb wait ${name}`,
  });
}
