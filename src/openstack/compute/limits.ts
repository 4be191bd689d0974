import { number, object } from 'valibot';
import { parseReply } from '../http/response.ts';
import type { Service } from '../service.ts';

/** `max` is Infinity if there is no limit. */
export interface Limit {
  readonly max: number;
  readonly used: number;
}

export interface Limits {
  readonly instances: Limit;
  readonly cores: Limit;
  readonly ramMiB: Limit;
}

const body = object({
  limits: object({
    absolute: object({
      maxTotalInstances: number(),
      totalInstancesUsed: number(),
      maxTotalCores: number(),
      totalCoresUsed: number(),
      maxTotalRAMSize: number(),
      totalRAMUsed: number(),
    }),
  }),
});

/** The project's quota and its use, which other members may change at any time. */
export async function show(compute: Service): Promise<Limits> {
  const reply = await compute.get('/limits');
  const { absolute } = parseReply(compute, reply, body).limits;
  return {
    instances: limit(absolute.maxTotalInstances, absolute.totalInstancesUsed),
    cores: limit(absolute.maxTotalCores, absolute.totalCoresUsed),
    ramMiB: limit(absolute.maxTotalRAMSize, absolute.totalRAMUsed),
  };
}

const none = { max: Number.POSITIVE_INFINITY, used: 0 };
export const unlimited: Limits = { instances: none, cores: none, ramMiB: none };

function limit(max: number, used: number): Limit {
  return { max: max < 0 ? Number.POSITIVE_INFINITY : max, used };
}
