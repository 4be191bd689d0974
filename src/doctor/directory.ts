import type { DirectorySettings } from '../directory/directory.ts';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';
import { type Check, check, ok, skipped } from './check.ts';

const timeoutMs = 8_000;

/** One check for each server, without a bind: a failed one would count as a wrong password. */
export async function checkDirectory(
  world: Pick<World, 'interrupted'>,
  ldap: DirectorySettings | undefined,
): Promise<readonly Check[]> {
  if (ldap === undefined) {
    return [await check(world, 'ldap', () => skipped('ldap.urls is not set: Keystone decides'))];
  }
  const { findServers } = await import('../directory/connection.ts');
  const { probeServer } = await import('../directory/probe.ts');
  const findOne = (url: string) => {
    const [server] = findServers({ ...ldap, urls: [url] });
    if (server === undefined) throw new NubesError('CONFIGURATION', 'ldap.urls has no server.');
    return server;
  };
  return Promise.all(
    ldap.urls.map((url) =>
      check(world, `ldap ${url}`, async () => {
        const server = findOne(url);
        const facts = await probeServer(server, timeoutMs);
        const steps = server.security === 'none' ? 'DNS, TCP' : 'DNS, TCP, TLS';
        const versions = facts?.versions.join(', ') || undefined;
        const what = versions === undefined ? 'LDAP' : `LDAP v${versions}`;
        return ok([`${steps}, ${what}`, facts?.vendor].filter((each) => each).join('; '));
      }),
    ),
  );
}
