import { once } from 'node:events';
import { createServer } from 'node:http';
import { realGuests } from './real-vm.ts';

/** A service of the site, as the STFC Cloud has one: it tells an image who made the VM that it boots in. */
export async function siteThatKnows(
  creator: string,
): Promise<{ readonly asked: readonly string[]; readonly close: () => Promise<void> }> {
  const asked: string[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(new URL(url ?? '', 'http://site').searchParams.get('serverID') ?? '');
    response.end(creator);
  });
  server.listen(9999, await realGuests('LAB_REAL_HOST_ADDRESS'));
  await once(server, 'listening');
  return {
    asked,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
