import { array, nullish, object, string } from 'valibot';
import { parseReply } from './http/response.ts';
import type { Service } from './service.ts';

/** What a service says about itself without a token. */
export interface ApiVersion {
  /** Such as `v3.14`. */
  readonly version: string;
  /** By the service's clock. */
  readonly at: Date | undefined;
}

const entry = object({ id: string(), status: nullish(string(), '') });
const document = object({ version: nullish(entry), versions: nullish(array(entry), []) });

/**
 * The current version of Keystone, Glance or Neutron. Glance's own root has the status 300, which only
 * `/versions` has not.
 */
export async function apiVersion(service: Service): Promise<ApiVersion> {
  const reply = await versionReply(service);
  const { version: single, versions } = parseReply(service, reply, document);
  const current = single ?? versions.find(({ status }) => status === 'CURRENT') ?? versions[0];
  return { version: (current?.id ?? 'no version').slice(0, 40), at: reply.date };
}

function versionReply(service: Service) {
  if (service.name === 'Keystone') return service.get('');
  const root = service.at(service.baseUrl.replace(/\/v\d[^/]*$/, ''));
  return root.get(service.name === 'Glance' ? '/versions' : '/');
}
