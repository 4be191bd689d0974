import { array, nullish, object, string } from 'valibot';
import type { Service } from '../service.ts';
import { read } from '../service-reply.ts';

export interface Port {
  readonly id: string;
  readonly status: string;
}

const body = object({ ports: array(object({ id: string(), status: nullish(string(), '') })) });

/** The ports by which a server is on its networks. */
export async function ofServer(network: Service, serverId: string): Promise<Port[]> {
  const reply = await network.get('/ports', { device_id: serverId });
  return read(network, reply, body).ports;
}
