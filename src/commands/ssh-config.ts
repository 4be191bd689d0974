import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Report } from '../terminal/report.ts';

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
  const { terminal } = app;
  const { readSshConfig, writeSshConfig } = await import('../notebooks/connect/ssh-config.ts');
  const deps = await app.deps();
  const config = await readSshConfig(deps);
  const { hosts, text } = config;
  if (write !== true)
    return { data: { hosts, text }, names: hosts, text: () => text.trimEnd().split('\n') };
  const { file, include, userFile } = await writeSshConfig(deps, config);
  terminal.info(`Wrote ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} to ${file}.`);
  terminal.info(`Put this line at the top of ${userFile}, once:`);
  return { data: { hosts, file, include }, names: hosts, text: () => include };
}
