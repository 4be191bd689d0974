import type { Limits } from '../../openstack/compute/limits.ts';
import * as limits from '../../openstack/compute/limits.ts';
import { isRefusedByPolicy } from '../../openstack/errors.ts';
import type { Deps } from '../deps.ts';
import { listOwn } from '../find.ts';
import { describe } from '../notebook.ts';
import { type QuotaUsage, usageOf } from './quota.ts';

/** The project's quota, and what the user has of it. */
export async function readUsage(deps: Deps, onDenied: string): Promise<QuotaUsage> {
  const [found, own] = await Promise.all([limitsOrNone(deps, onDenied), listOwn(deps)]);
  return usageOf(deps, found, own.map(describe));
}

/** No limits and a warning, which begins with `onDenied`, if the policy does not let the user read them. */
export async function limitsOrNone(
  { compute, warn }: Pick<Deps, 'compute' | 'warn'>,
  onDenied: string,
): Promise<Limits> {
  return limits.show(compute).catch((error: unknown) => {
    if (!isRefusedByPolicy(error)) throw error;
    warn(`${onDenied}: ${error.message}`);
    return limits.unlimited;
  });
}
