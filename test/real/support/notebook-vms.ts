import { array, looseObject, object, parse, string } from 'valibot';
import { type Auth, call } from './api.ts';
import { lab } from './lab.ts';

const created = object({ server: looseObject({ id: string() }) });
const listed = looseObject({ servers: array(looseObject({ id: string(), status: string() })) });

/** What a VM says that it is. */
export interface Claim {
  readonly owner: string;
  readonly name: string;
}

/** Requests a VM with the tags and metadata of a notebook, and returns its id. */
export async function requestVm(auth: Auth, { owner, name }: Claim): Promise<string> {
  return request(auth, {
    name: `nb-${owner}-${name}`,
    tags: ['nubes-nb', `nubes-nb.u=${owner}`, `nubes-nb.n=${name}`],
    metadata: { 'nubes-nb:user': owner, 'nubes-nb:notebook': name },
    description: `Jupyter notebook ${owner}/${name} (nubes-nb)`,
  });
}

/** Requests a VM that is no notebook, and returns its id. */
export async function requestOtherVm(auth: Auth, name: string): Promise<string> {
  return request(auth, { name });
}

async function request(auth: Auth, more: Readonly<Record<string, unknown>>): Promise<string> {
  const image = { imageRef: lab('LAB_IMAGE_ID'), flavorRef: lab('LAB_FLAVOR_ID') };
  const server = { ...image, networks: [{ uuid: lab('LAB_NETWORK_ID') }], ...more };
  const reply = await call(auth, 'POST', `${lab('LAB_COMPUTE_URL')}/servers`, { server });
  return parse(created, reply).server.id;
}

/** Waits until none of them is in BUILD. */
export async function untilBuilt(admin: Auth, ids: readonly string[]): Promise<void> {
  const own = new Set(ids);
  for (let tries = 0; tries < 240; tries += 1) {
    const url = `${lab('LAB_COMPUTE_URL')}/servers/detail?all_tenants=true`;
    const { servers } = parse(listed, await call(admin, 'GET', url));
    const building = servers.filter(({ id, status }) => own.has(id) && status === 'BUILD');
    if (building.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new Error('VMs are in BUILD after four minutes');
}

const requestsAtOnce = 10;

/** Deletes VMs, and waits until Nova does not have them any more. */
export async function removeVms(admin: Auth, ids: readonly string[]): Promise<void> {
  const urls = ids.map((id) => `${lab('LAB_COMPUTE_URL')}/servers/${id}`);
  for (let at = 0; at < urls.length; at += requestsAtOnce) {
    const some = urls.slice(at, at + requestsAtOnce);
    await Promise.all(some.map((url) => call(admin, 'DELETE', url)));
  }
  for (const url of urls) {
    for (let tries = 0; tries < 120; tries += 1) {
      if ((await call(admin, 'GET', url)) === undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
