import { array, looseObject, object, parse, string } from 'valibot';
import { lab } from './lab.ts';
import type { Asker } from './openstack-client.ts';

/** A token of somebody, for requests that the `openstack` client cannot make or makes slowly. */
export interface Access {
  readonly token: string;
  readonly userId: string;
}

export async function accessOf(asker: Asker): Promise<Access> {
  const response = await fetch(`${lab('OS_AUTH_URL')}/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(passwordRequest(asker)),
  });
  if (response.status !== 201) throw new Error(`token of ${asker.user}: ${response.status}`);
  const body = parse(tokenReply, await response.json());
  return { token: response.headers.get('x-subject-token') ?? '', userId: body.token.user.id };
}

/** One request; throws on 4xx and 5xx except 404. The reply's JSON; undefined on 404 or without one. */
export async function call(
  access: Access,
  method: string,
  url: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      'X-Auth-Token': access.token,
      'Content-Type': 'application/json',
      'OpenStack-API-Version': 'compute 2.90',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status >= 400 && response.status !== 404) {
    throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 200)}`);
  }
  return response.status < 400 && text.startsWith('{') ? JSON.parse(text) : undefined;
}

/** Everything Nova knows of a server that a member of its project, or an admin, can read. */
export async function everythingAbout(admin: Access, id: string): Promise<string> {
  const compute = lab('LAB_COMPUTE_URL');
  const server = await call(admin, 'GET', `${compute}/servers/${id}`);
  const console = await call(admin, 'POST', `${compute}/servers/${id}/action`, {
    'os-getConsoleOutput': {},
  });
  const actions = await call(admin, 'GET', `${compute}/servers/${id}/os-instance-actions`);
  const { server: fields } = parse(userDataReply, server);
  const userData = Buffer.from(fields['OS-EXT-SRV-ATTR:user_data'], 'base64').toString('utf8');
  return [server, console, actions].map((part) => JSON.stringify(part)).join('\n') + userData;
}

/** Deletes the person's servers called nb-*, key pairs and application credentials of the program. */
export async function sweep(asker: Asker): Promise<void> {
  const access = await accessOf(asker);
  const compute = lab('LAB_COMPUTE_URL');
  const { servers } = parse(serversReply, await call(access, 'GET', `${compute}/servers/detail`));
  const own = servers.filter((each) => each.user_id === access.userId && /^nb-/.test(each.name));
  for (const { id } of own) await call(access, 'DELETE', `${compute}/servers/${id}`);
  for (const { id } of own) await gone(access, `${compute}/servers/${id}`);
  const keys = parse(keysReply, await call(access, 'GET', `${compute}/os-keypairs`)).keypairs;
  for (const { keypair } of keys.filter((each) => /^nubes-nb/.test(each.keypair.name))) {
    await call(access, 'DELETE', `${compute}/os-keypairs/${encodeURIComponent(keypair.name)}`);
  }
  const url = `${lab('OS_AUTH_URL')}/users/${access.userId}/application_credentials`;
  const credentials = parse(credentialsReply, await call(access, 'GET', url));
  for (const { id, name } of credentials.application_credentials) {
    if (name.startsWith('nubes-nb')) await call(access, 'DELETE', `${url}/${id}`);
  }
}

async function gone(access: Access, url: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    if ((await call(access, 'GET', url)) === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${url} is still there after 30 s`);
}

function passwordRequest(asker: Asker): unknown {
  const user = { name: asker.user, domain: { name: asker.domain }, password: asker.password };
  const project = { name: asker.project, domain: { name: lab('LAB_PROJECT_DOMAIN') } };
  return { auth: { identity: { methods: ['password'], password: { user } }, scope: { project } } };
}

const named = looseObject({ id: string(), name: string() });
const tokenReply = object({ token: looseObject({ user: looseObject({ id: string() }) }) });
const userDataReply = looseObject({
  server: looseObject({ 'OS-EXT-SRV-ATTR:user_data': string() }),
});
const serversReply = looseObject({
  servers: array(looseObject({ id: string(), name: string(), user_id: string() })),
});
const keysReply = looseObject({
  keypairs: array(object({ keypair: looseObject({ name: string() }) })),
});
const credentialsReply = looseObject({ application_credentials: array(named) });
