import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { configFile } from '../settings/places.ts';
import type { Report } from '../terminal/report.ts';
import type { World } from '../world.ts';

interface SshConfigOptions {
  readonly write?: boolean;
}

export function declare(command: Command, toAction: ToAction): void {
  command
    .option(
      '--write',
      'write the hosts to a file of our own and print the Include line for ~/.ssh/config',
    )
    .addHelpText('after', '\nExample:\n  nubes-nb ssh-config --write')
    .action(toAction(sshConfig));
}

export async function sshConfig(app: App, { write }: SshConfigOptions): Promise<Report> {
  const { world, terminal } = app;
  const { readSshConfig, writeSshConfig } = await import('../notebooks/connect/ssh-config.ts');
  const config = await readSshConfig(await app.deps());
  const { hosts, text } = config;
  if (write !== true)
    return { data: { hosts, text }, names: hosts, text: () => text.trimEnd().split('\n') };
  const { file, include } = await writeSshConfig(config, ownFolder(world));
  terminal.info(`Wrote ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} to ${file}.`);
  terminal.info('Put this line at the top of ~/.ssh/config, once:');
  return { data: { hosts, file, include }, names: hosts, text: () => include };
}

/** The folder of the user's own settings file, even if another one is in use. */
function ownFolder(world: World): string {
  const { NUBES_NB_CONFIG: _ignored, ...environment } = world.environment;
  return dirname(configFile({ ...world, environment }, {}));
}
