import { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import * as servers from '../openstack/compute/servers.ts';
import type { Service } from '../openstack/service.ts';

/** A cloud that is full may have left many in ERROR. */
const maxRequests = 25;

/**
 * The server with its fault: lists lack that of a server which never got a host, such as `No valid host`. It is an
 * explanation only, so without an answer the server is returned as it is.
 */
export async function withFault(compute: Service, server: Server): Promise<Server> {
  if (!lacksFault(server)) return server;
  const shown = await servers.show(compute, server.id).catch((error: unknown) => {
    if (error instanceof NubesError && ['INTERRUPTED', 'TERMINATED'].includes(error.code)) {
      throw error;
    }
    return server;
  });
  return { ...server, fault: shown.fault };
}

export async function withFaults(
  compute: Service,
  all: readonly Server[],
): Promise<readonly Server[]> {
  const completed: Server[] = [];
  for (let at = 0; at < all.length; at += maxRequests) {
    const some = all.slice(at, at + maxRequests);
    completed.push(...(await Promise.all(some.map((server) => withFault(compute, server)))));
  }
  return completed;
}

export function lacksFault({ status, fault }: Server): boolean {
  return status === 'ERROR' && fault === null;
}
