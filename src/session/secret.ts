import { createHash } from 'node:crypto';
import { literal, object, optional, pipe, regex, safeParse, string } from 'valibot';
import { NubesError } from '../errors.ts';
import type { SecretStore } from './session.ts';

/** Windows allows 2560 bytes per entry. The limit applies to all platforms, so that tests on any platform find long secrets. */
export const maxSecretBytes = 2000;

const schema = object({
  v: literal(1),
  credentialId: optional(string()),
  secret: optional(string()),
  token: optional(string()),
  tokenExpiresAt: optional(string()),
  /** `loginToken` of `Secret`. The stored name must stay, or older sessions cannot be read. */
  birthToken: optional(string()),
  birthTokenExpiresAt: optional(string()),
  /** 32 bytes in base64. */
  root: pipe(string(), regex(/^[A-Za-z0-9+/]{43}=$/)),
});

/** The secrets of a session, stored as one entry. */
export interface Secret {
  readonly credential: { readonly id: string; readonly secret: string } | undefined;
  readonly token: TimedToken | undefined;
  /** The token of the login itself, the only one that may delete the credential. */
  readonly loginToken: TimedToken | undefined;
  readonly root: Buffer;
}

export interface TimedToken {
  readonly id: string;
  readonly expiresAt: Date;
}

/** The account name in the store: one per cloud, user and project. */
export function accountOf(authUrl: string, userId: string, projectId: string): string {
  const hash = createHash('sha256').update([authUrl, userId, projectId].join('|'));
  return hash.digest('hex').slice(0, 32);
}

/** At most `maxSecretBytes`: leaves out tokens that make it longer, as they can be requested again. */
export function encodeSecret(secret: Secret): string {
  const { loginToken, ...withoutLoginToken } = secret;
  const { token, ...withoutTokens } = withoutLoginToken;
  const shorter = secret.credential
    ? [
        { ...withoutTokens, token, loginToken: undefined },
        { ...withoutTokens, token: undefined, loginToken: undefined },
      ]
    : [{ ...withoutTokens, token, loginToken: undefined }];
  for (const candidate of [secret, ...shorter]) {
    const text = serialize(candidate);
    if (Buffer.byteLength(text) <= maxSecretBytes) return text;
  }
  throw new NubesError(
    'KEYCHAIN_UNAVAILABLE',
    `The session does not fit into a keychain entry of ${maxSecretBytes} bytes.`,
    {
      hint: "the cloud's tokens are too long; ask its team for application credentials or Fernet tokens",
    },
  );
}

/** The stored secret of an account; undefined if there is none, or it has another format. */
export async function readSecret(
  store: SecretStore,
  account: string,
  { isKnown = true } = {},
): Promise<Secret | undefined> {
  const text = await store.get(account, { isKnown });
  return text === undefined ? undefined : decodeSecret(text);
}

/** Undefined for a text in another format. */
export function decodeSecret(text: string): Secret | undefined {
  const json = parseJson(text);
  const result = safeParse(schema, json);
  if (!result.success) return undefined;
  const { credentialId: id, secret, root, ...wire } = result.output;
  return {
    credential: id !== undefined && secret !== undefined ? { id, secret } : undefined,
    token: toTimedToken(wire.token, wire.tokenExpiresAt),
    loginToken: toTimedToken(wire.birthToken, wire.birthTokenExpiresAt),
    root: Buffer.from(root, 'base64'),
  };
}

function serialize({ credential, token, loginToken, root }: Secret): string {
  const value = {
    v: 1,
    credentialId: credential?.id,
    secret: credential?.secret,
    token: token?.id,
    tokenExpiresAt: token?.expiresAt.toISOString(),
    birthToken: loginToken?.id,
    birthTokenExpiresAt: loginToken?.expiresAt.toISOString(),
    root: root.toString('base64'),
  };
  return JSON.stringify(value);
}

function toTimedToken(
  id: string | undefined,
  expiresAt: string | undefined,
): TimedToken | undefined {
  const date = new Date(expiresAt ?? Number.NaN);
  return id === undefined || Number.isNaN(date.getTime()) ? undefined : { id, expiresAt: date };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
