import { createHash, createHmac } from 'node:crypto';
import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { defaultPort } from '../../ssh/local-port.ts';
import { tunnelUrl } from '../address.ts';
import { pinFromConsole } from '../console/reader.ts';
import type { Deps } from '../deps.ts';
import { certificateUnknown, NotebookError, noAddress, withHint } from '../errors.ts';
import { find } from '../find.ts';
import { toNotebookWithCertificate } from '../https/verify-certificate.ts';
import { metadataKeys, nameOf, requestOf } from '../identity.ts';
import { type Notebook, toNotebook } from '../notebook.ts';

/**
 * The Jupyter token of the notebook created by `request`: 128 bits in 32 hex digits, derived from the
 * session's root secret, so it is not stored anywhere.
 */
export function jupyterToken(rootSecret: Buffer, request: string): string {
  return longToken(rootSecret, request).slice(0, 32);
}

/** The 64 hex digits that notebooks of earlier versions have. */
function longToken(rootSecret: Buffer, request: string): string {
  return createHmac('sha256', rootSecret).update(`jupyter-token:${request}`).digest('hex');
}

/** The token of a notebook; undefined if another login created it, or gave it a new one. */
export function tokenOf(rootSecret: Buffer, server: Server): string | undefined {
  const request = requestOf(server);
  const tokens = [jupyterToken(rootSecret, request), longToken(rootSecret, request)];
  return tokens.find((token) => digestMark(token) === server.metadata[metadataKeys.token]);
}

/** The VM holds this instead of the token: its SHA-256, 64 hex digits. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The beginning of the digest, kept in Nova's metadata: shows whether a login can derive the token. */
export function digestMark(token: string): string {
  return tokenDigest(token).slice(0, 12);
}

/** URLs of a notebook with its token. */
export type TokenUrls = TokenUrl & {
  /** Through a tunnel at its usual port. */
  readonly tunnelTokenUrl: string;
};

/** Null if the VM has no address yet, or its certificate cannot be verified. */
export type TokenUrl =
  | { readonly tokenUrl: string }
  | { readonly tokenUrl: null; readonly why: NubesError };

/** Throws CONFLICT if another login created the notebook. */
export async function tokenUrls(
  deps: Deps,
  server: Server,
  notebook: Notebook,
): Promise<TokenUrls> {
  const localPort = notebook.tunnel?.localPort ?? defaultPort(server.id);
  const token = tokenOf(await deps.rootSecret(), server);
  if (token === undefined) throw otherLogin(nameOf(server));
  return {
    ...withToken(notebook, token),
    tunnelTokenUrl: `${tunnelUrl(server, deps.settings.notebook, localPort)}?token=${token}`,
  };
}

/** Any project member can write the metadata that makes a notebook direct; the certificate is its VM's. */
function withToken({ name, url, certificate }: Notebook, token: string): TokenUrl {
  if (url === null) return { tokenUrl: null, why: noAddress(name) };
  if (certificate?.sha256 === null) return { tokenUrl: null, why: certificateUnknown(name) };
  return { tokenUrl: `${url}?token=${token}` };
}

/** URL for output that contains other data. Omits the token, with a warning, if the certificate is unverified. */
export async function urlForOutput(
  deps: Deps,
  server: Server,
  described: Notebook,
): Promise<string | null> {
  const isKnown = described.certificate?.sha256 !== null;
  const notebook = isKnown ? described : await toNotebookWithCertificate(deps, server);
  const urls = await tokenUrls(deps, server, notebook);
  if (urls.tokenUrl !== null) return urls.tokenUrl;
  if (notebook.url !== null) deps.warn(withHint(urls.why));
  return notebook.url;
}

/** The same for a notebook by name or UUID. */
export async function findUrlForOutput(deps: Deps, reference: string): Promise<string | null> {
  const server = await find(deps, reference);
  return urlForOutput(deps, server, await toNotebook(deps, server));
}

export type NotebookAccess = TokenUrls & { readonly server: Server; readonly notebook: Notebook };

/** A notebook and its URLs with the token. Throws CONFLICT if another login created it. */
export async function notebookAccess(deps: Deps, reference: string): Promise<NotebookAccess> {
  const server = await find(deps, reference);
  await pinFromConsole(deps, server);
  const notebook = await toNotebookWithCertificate(deps, server);
  return { server, notebook, ...(await tokenUrls(deps, server, notebook)) };
}

function otherLogin(name: string): NubesError {
  return new NubesError(
    'CONFLICT',
    `${name} was created by another login (on another computer, or before a logout), which alone can derive its token.`,
    {
      hint: `nubes-nb url ${name} there, or nubes-nb url ${name} --renew here (this restarts Jupyter)`,
    },
  );
}

/** Runs work that waits; its error is that of `withUrl`. */
export function withUrlOnFailure<Result>(
  urlOf: Parameters<typeof withUrl>[1],
  work: () => Promise<Result>,
): Promise<Result> {
  return work().catch(async (error: unknown) => {
    throw await withUrl(error, urlOf);
  });
}

/** The error of a failed wait. If it has a notebook, with the URL of `urlOf` (undefined: the notebook's own). */
export async function withUrl(
  error: unknown,
  urlOf: (notebook: Notebook) => Promise<string | null | undefined>,
): Promise<unknown> {
  if (!(error instanceof NotebookError)) return error;
  // The failure matters more than why the token is unknown.
  const url = await urlOf(error.notebook).catch(() => undefined);
  return url === undefined ? error : new NotebookError({ ...error.notebook, url }, error);
}
