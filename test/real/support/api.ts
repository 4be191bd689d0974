import { array, looseObject, object, parse, string } from 'valibot';
import { lab } from './lab.ts';
import { asAdmin, type Identity } from './openstack-client.ts';

/** A token for direct requests, which are faster than the `openstack` client. */
export interface Auth {
  readonly token: string;
  readonly userId: string;
}

export async function authenticate(identity: Identity): Promise<Auth> {
  const response = await fetch(`${lab('OS_AUTH_URL')}/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(passwordRequest(identity)),
  });
  if (response.status !== 201) throw new Error(`token of ${identity.user}: ${response.status}`);
  const body = parse(tokenReply, await response.json());
  return { token: response.headers.get('x-subject-token') ?? '', userId: body.token.user.id };
}

/** The JSON body of the reply; undefined if there is none, or on 404. Throws on any other 4xx or 5xx. */
export async function call(
  auth: Auth,
  method: string,
  url: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      'X-Auth-Token': auth.token,
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

/** All that an admin can read about a server in Nova. */
export async function novaDataOf(admin: Auth, id: string): Promise<string> {
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

/** Deletes the user's servers named nb-*, and the program's key pairs and application credentials. */
export async function deleteOwnResources(identity: Identity): Promise<void> {
  const auth = await authenticate(identity);
  const compute = lab('LAB_COMPUTE_URL');
  const { servers } = parse(serversReply, await call(auth, 'GET', `${compute}/servers/detail`));
  const own = servers.filter((each) => each.user_id === auth.userId && /^nb-/.test(each.name));
  for (const { id } of own) await call(auth, 'DELETE', `${compute}/servers/${id}`);
  for (const { id } of own) await waitUntilDeleted(auth, `${compute}/servers/${id}`);
  const keys = parse(keysReply, await call(auth, 'GET', `${compute}/os-keypairs`)).keypairs;
  for (const { keypair } of keys.filter((each) => /^nubes-nb/.test(each.keypair.name))) {
    await call(auth, 'DELETE', `${compute}/os-keypairs/${encodeURIComponent(keypair.name)}`);
  }
  const url = `${lab('OS_AUTH_URL')}/users/${auth.userId}/application_credentials`;
  const credentials = parse(credentialsReply, await call(auth, 'GET', url));
  for (const { id, name } of credentials.application_credentials) {
    if (name.startsWith('nubes-nb')) await call(auth, 'DELETE', `${url}/${id}`);
  }
}

/** Nova's own quota of a project. */
export async function setQuota(
  limits: Readonly<Record<string, number>>,
  project = lab('LAB_PROJECT_ID'),
  admin?: Auth,
): Promise<void> {
  const url = `${lab('LAB_COMPUTE_URL')}/os-quota-sets/${project}`;
  await call(admin ?? (await authenticate(asAdmin())), 'PUT', url, { quota_set: limits });
}

async function waitUntilDeleted(auth: Auth, url: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    if ((await call(auth, 'GET', url)) === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${url} is still there after 30 s`);
}

function passwordRequest(identity: Identity): unknown {
  const user = {
    name: identity.user,
    domain: { name: identity.domain },
    password: identity.password,
  };
  const project = { name: identity.project, domain: { name: lab('LAB_PROJECT_DOMAIN') } };
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
