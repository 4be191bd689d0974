import { createHash } from 'node:crypto';
import { empty, json, type Reply } from '../replies.ts';
import { asObject, type CloudRequest, objectBody } from '../requests.ts';
import { type Route, route } from '../router.ts';
import type { KeyPair } from '../state.ts';
import { microTime } from '../timestamps.ts';
import type { NovaCall } from './call.ts';
import {
  badRequest,
  conflict,
  invalidField,
  malformedBody,
  novaError,
  policyForbids,
} from './errors.ts';
import { overLimits, quotaOf, unifiedLimit } from './quotas.ts';

/** Key pairs belong to a user, not to a project. */
export const keyPairRoutes: readonly Route<NovaCall>[] = [
  route('GET', '/v2.1/os-keypairs', list),
  route('POST', '/v2.1/os-keypairs', importKey),
  route('GET', '/v2.1/os-keypairs/{name}', show),
  route('DELETE', '/v2.1/os-keypairs/{name}', remove),
];

function ownKeyPairs({ state, auth }: NovaCall): KeyPair[] {
  return state.keyPairs.filter((pair) => pair.userId === auth.userId);
}

/** Another user's only for an administrator, since microversion 2.10. */
function list({ query }: CloudRequest, call: NovaCall): Reply {
  const userId = (call.version >= 10 ? query.get('user_id') : null) ?? call.auth.userId;
  if (userId !== call.auth.userId && !call.auth.admin) {
    return policyForbids('os_compute_api:os-keypairs:index');
  }
  const found = call.state.keyPairs.filter((pair) => pair.userId === userId);
  const keypairs = found.map((pair) => ({
    keypair: {
      name: pair.name,
      public_key: pair.publicKey,
      fingerprint: pair.fingerprint,
      ...keyType(call),
    },
  }));
  return json(200, { keypairs });
}

function keyType({ version }: NovaCall): object {
  return version >= 2 ? { type: 'ssh' } : {};
}

/** 201 since microversion 2.2, 200 before. */
function importKey(request: CloudRequest, call: NovaCall): Reply {
  const body = objectBody(request);
  const wanted = asObject(body?.['keypair']);
  if (!wanted) return body ? badRequest("'keypair' is a required property") : malformedBody();
  const refusal = refuseName(wanted);
  if (refusal) return refusal;
  const name = String(wanted['name']);
  const publicKey = String(wanted['public_key'] ?? '');
  const fingerprint = fingerprintOf(publicKey);
  if (!fingerprint) {
    return badRequest('Keypair data is invalid: failed to generate fingerprint');
  }
  if (ownKeyPairs(call).some((pair) => pair.name === name)) {
    return conflict(`Key pair '${name}' already exists.`);
  }
  const count = ownKeyPairs(call).length;
  const { keyPairs: max } = quotaOf(call.state, call.auth.projectId);
  if (count >= max) return tooManyKeyPairs(call, count, max);
  const { keyPairs } = call.state;
  const { userId } = call.auth;
  const number = keyPairs.length + 1;
  keyPairs.push({ number, userId, name, publicKey, fingerprint, createdAt: request.at });
  const keypair = {
    ...keyType(call),
    name,
    public_key: publicKey,
    fingerprint,
    user_id: userId,
  };
  return json(call.version >= 2 ? 201 : 200, { keypair });
}

function tooManyKeyPairs({ state }: NovaCall, used: number, max: number): Reply {
  const limit = unifiedLimit('server_key_pairs', max, used, 1);
  return novaError(
    403,
    state.traits.unifiedLimits
      ? overLimits('None', [limit])
      : 'Quota exceeded, too many key pairs.',
  );
}

function refuseName(wanted: Record<string, unknown>): Reply | undefined {
  const name = wanted['name'];
  if (name === undefined) return invalidField('keypair', wanted, "'name' is a required property");
  if (name === '') return invalidField('name', name, "'' is too short");
  if (typeof name === 'string' && /^[\w\- ]{1,255}$/.test(name)) return undefined;
  const characters = '_- 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  return badRequest(
    `An invalid 'name' value was provided. The name must be: Only expected characters: [${characters}]`,
  );
}

const keyTypes = /^(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp\d+|sk-(ssh|ecdsa)[\w@.-]+)$/;

/** Nova's MD5 fingerprint; `undefined` if it is not a public key. */
function fingerprintOf(publicKey: string): string | undefined {
  const [type = '', data = ''] = publicKey.trim().split(/\s+/);
  if (!keyTypes.test(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return undefined;
  const bytes = Buffer.from(data, 'base64');
  const named = bytes.subarray(4, 4 + type.length).toString('latin1');
  if (named !== type) return undefined;
  const digest = createHash('md5').update(bytes).digest('hex');
  return digest.match(/../g)?.join(':');
}

function show(_: CloudRequest, call: NovaCall, [name = '']: readonly string[]): Reply {
  const pair = ownKeyPairs(call).find((one) => one.name === name);
  if (!pair) return notFound(call, name);
  return json(200, {
    keypair: {
      name: pair.name,
      public_key: pair.publicKey,
      fingerprint: pair.fingerprint,
      user_id: pair.userId,
      created_at: microTime(pair.createdAt),
      deleted: false,
      deleted_at: null,
      id: pair.number,
      updated_at: null,
      ...keyType(call),
    },
  });
}

function remove(_: CloudRequest, call: NovaCall, [name = '']: readonly string[]): Reply {
  const { keyPairs } = call.state;
  const index = keyPairs.findIndex(
    (pair) => pair.userId === call.auth.userId && pair.name === name,
  );
  if (index < 0) return notFound(call, name);
  keyPairs.splice(index, 1);
  return empty(call.version >= 2 ? 204 : 202, { 'Content-Type': 'application/json' });
}

function notFound({ auth }: NovaCall, name: string): Reply {
  return novaError(404, `Keypair ${name} not found for user ${auth.userId}`);
}
