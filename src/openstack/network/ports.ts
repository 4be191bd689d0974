import { array, nullish, object, pipe, string, transform } from 'valibot';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

export interface Port {
  readonly id: string;
  /** Fixed addresses. */
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
const many = object({ ports: array(port) });

export async function ofServer(service: Service, serverId: string): Promise<Port[]> {
  const reply = await service.get('/ports', { device_id: serverId });
  return parseReply(service, reply, many).ports;
}
