import type { App } from '../../app.ts';
import { keystoneProblem, keystoneUrl } from '../../session/keystone-address.ts';

/** Asks which cloud to use, and writes it into the user's settings file. Returns the path of the file. */
export async function askForCloud({ world, flags, terminal, http }: App): Promise<string> {
  const { profiles } = await import('../../settings/profiles/profiles.ts');
  const { nameCloud } = await import('../../settings/first-file.ts');
  const site = await terminal.ask.choose({
    message: 'Cloud:',
    flag,
    choices: [
      ...[...profiles].map(([name, profile]) => ({
        name: `${name}  ${profile['openstack.auth_url']}`,
        short: name,
        value: name,
      })),
      {
        name: 'another one, by the address of its Keystone',
        short: 'another one',
        value: undefined,
      },
    ],
  });
  const cloud = site === undefined ? { authUrl: await askAddress({ terminal, http }) } : { site };
  const path = await nameCloud(world, flags, cloud);
  terminal.info(`The cloud is set in ${path}.`);
  return path;
}

const flag = 'nubes-nb config set openstack.auth_url URL';

async function askAddress({ terminal, http }: Pick<App, 'terminal' | 'http'>): Promise<string> {
  const connections = await http();
  const typed = await terminal.ask.text({
    message: 'Address of Keystone:',
    flag,
    check: (address) => keystoneProblem(connections, address),
  });
  return keystoneUrl(typed.trim()) ?? typed;
}
