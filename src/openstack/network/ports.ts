import { array, nullish, object, pipe, string, transform } from 'valibot';
import { read } from '../http/response.ts';
import type { Service } from '../service.ts';

/** Where a server is plugged into a network. */
export interface Port {
  readonly id: string;
  readonly addresses: readonly string[];
}

const port = pipe(
  object({ id: string(), fixed_ips: nullish(array(object({ ip_address: string() })), []) }),
  transform(
    ({ id, fixed_ips: fixed }): Port => ({
      id,
      addresses: fixed.map(({ ip_address: address }) => address),
    }),
  ),
);
const listed = object({ ports: array(port) });

export async function ofServer(service: Service, serverId: string): Promise<Port[]> {
  const reply = await service.get('/ports', { device_id: serverId });
  return read(service, reply, listed).ports;
}
