import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { Report } from '../terminal/report.ts';
import { version } from '../version.ts';

export function declare(command: Command, toAction: ToAction): void {
  command.addHelpText('after', '\nExample:\n  nubes-nb version --json').action(toAction(versions));
}

export async function versions({ world }: App): Promise<Report> {
  const data = {
    version,
    /** Of the JSON that commands print and of the tags and metadata on servers. */
    schema: 1,
    node: world.nodeVersion,
    platform: `${world.platform}-${world.architecture}`,
  };
  return {
    data,
    names: [version],
    text: () => `nubes-nb ${version} (Node ${data.node}, ${data.platform})`,
  };
}
