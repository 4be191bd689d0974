import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import type { CloudFacts } from '../session/cloud-release.ts';
import { type Report, sentences } from '../terminal/report.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';
import { sessionDependencies } from './options/login.ts';

export function declare(command: Command, toAction: ToAction): void {
  command.addHelpText('after', '\nExample:\n  nubes-nb version --json').action(toAction(versions));
}

export async function versions(app: App): Promise<Report> {
  const { world, places } = app;
  const { cloudOfLogin } = await import('../session/cloud-release.ts');
  const cloud = await cloudOfLogin(places, () => sessionDependencies(app));
  const data = {
    version,
    /** Of the JSON that commands print and of the tags and metadata on servers. */
    schema: 1,
    node: world.nodeVersion,
    runtime: runtimeOf(world),
    platform: `${world.platform}-${world.architecture}`,
    /** Of the stored login; null without one. */
    cloud: cloud === undefined ? null : cloudData(cloud),
  };
  return {
    data,
    names: [version],
    text: () =>
      sentences(
        `nubes-nb ${version} (${data.runtime}, ${data.platform})`,
        ...(cloud === undefined ? [] : [cloudSentence(cloud)]),
      ),
  };
}

/** `Node 20.20.2`, or of a standalone executable `bun 1.4.5`. */
function runtimeOf({ nodeVersion, bunVersion }: World): string {
  return bunVersion === undefined ? `Node ${nodeVersion}` : `bun ${bunVersion}`;
}

function cloudData({ authUrl, names, tested, microversions, asked }: CloudFacts) {
  return { authUrl, releases: names, tested, microversions, asked };
}

function cloudSentence({ authUrl, names, tested, microversions, asked }: CloudFacts): string {
  const when = asked ? '' : ', at the time of the login';
  const range = `Nova ${microversions.minimum} to ${microversions.maximum}${when}`;
  return `The cloud at ${authUrl} looks like OpenStack ${names.join(' or ')} (${range}), ${words[tested]}.`;
}

const words: Readonly<Record<CloudFacts['tested'], string>> = {
  regularly: 'on which nubes-nb is tested',
  'by hand': 'on which nubes-nb was tried',
  no: 'on which nubes-nb has not been tried',
};
