import { createHash, createHmac } from 'node:crypto';

/**
 * The Jupyter token of the notebook made by `request`: 64 hex digits, derived from the session's root
 * secret, so it is kept nowhere.
 */
export function jupyterToken(rootSecret: Buffer, request: string): string {
  return createHmac('sha256', rootSecret).update(`jupyter-token:${request}`).digest('hex');
}

/** What the VM holds instead of the token: its SHA-256, 64 hex digits. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Enough of the digest to tell whether a login can derive the token; kept in the server's metadata. */
export function digestMark(token: string): string {
  return tokenDigest(token).slice(0, 12);
}
