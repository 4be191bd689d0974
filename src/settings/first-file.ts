import type { GlobalFlags, World } from '../world.ts';
import { save, setSetting } from './change.ts';
import { readSettingsFile } from './files.ts';
import { configFile } from './places.ts';

/** A site with a profile, or the address of Keystone. */
export type ChosenCloud = { readonly site: string } | { readonly authUrl: string };

/** Names the cloud in the user's settings file, which is made with comments if there is none. Returns its path. */
export async function nameCloud(
  world: World,
  flags: GlobalFlags,
  cloud: ChosenCloud,
): Promise<string> {
  const path = configFile(world, flags);
  if ((await readSettingsFile(path)) === undefined) {
    await save(path, firstText(cloud));
    return path;
  }
  if ('site' in cloud) await setSetting(world, flags, 'site', cloud.site);
  else await setSetting(world, flags, 'openstack.auth_url', cloud.authUrl);
  return path;
}

function firstText(cloud: ChosenCloud): string {
  const chosen =
    'site' in cloud
      ? `# The shipped settings of this site; what is set below replaces them.
site = ${JSON.stringify(cloud.site)}
`
      : `[openstack]
# Keystone, which knows the addresses of all other services.
auth_url = ${JSON.stringify(cloud.authUrl)}
`;
  return `# Settings of nubes-nb. "nubes-nb config list" shows each of them with its value and origin,
# "nubes-nb config set KEY VALUE" changes one here. Passwords do not belong here.

${chosen}
[notebook]
# What create takes without --image and --size; nubes-nb images and nubes-nb sizes list what there is.
# image = "NAME"
# size = "NAME"
`;
}
