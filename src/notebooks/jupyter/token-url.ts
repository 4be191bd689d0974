import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { defaultPort } from '../../ssh/local-port.ts';
import { tunnelUrl } from '../connect/address.ts';
import type { Deps } from '../deps.ts';
import { certificateUnknown, noAddress, withHint } from '../errors.ts';
import { find } from '../find.ts';
import { toNotebookWithCertificate } from '../https/verify-certificate.ts';
import { metadataKeys, nameOf, requestOf } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { pinFromConsole } from '../readiness/console-reader.ts';
import { toNotebook } from '../view.ts';
import { digestMark, jupyterToken } from './token.ts';

/** A notebook's page with its token. */
export type TokenUrls = TokenUrl & {
  /** Through a tunnel at its usual port. */
  readonly tunnelTokenUrl: string;
};

/** None where there is no address yet, or where nobody vouches for who would be told the token. */
export type TokenUrl =
  | { readonly tokenUrl: string }
  | { readonly tokenUrl: null; readonly why: NubesError };

/** Throws CONFLICT when the notebook was made with another login's root secret. */
export async function tokenUrls(
  deps: Deps,
  server: Server,
  notebook: Notebook,
): Promise<TokenUrls> {
  const localPort = notebook.tunnel?.localPort ?? defaultPort(server.id);
  const token = jupyterToken(await deps.rootSecret(), requestOf(server));
  if (server.metadata[metadataKeys.token] !== digestMark(token)) throw foreign(nameOf(server));
  return {
    ...withToken(notebook, token),
    tunnelTokenUrl: `${tunnelUrl(server, deps.settings.notebook, localPort)}?token=${token}`,
  };
}

/** Anybody in the project can call a notebook direct in its metadata; its VM tells the certificate. */
function withToken({ name, url, certificate }: Notebook, token: string): TokenUrl {
  if (url === null) return { tokenUrl: null, why: noAddress(name) };
  if (certificate?.sha256 === null) return { tokenUrl: null, why: certificateUnknown(name) };
  return { tokenUrl: `${url}?token=${token}` };
}

/** The URL for who has not asked for it alone: without the token where nobody vouches, which is said. */
export async function urlToTell(deps: Deps, server: Server): Promise<string | null> {
  const kept = await toNotebook(deps, server);
  const isKnown = kept.certificate?.sha256 !== null;
  const notebook = isKnown ? kept : await toNotebookWithCertificate(deps, server);
  const urls = await tokenUrls(deps, server, notebook);
  if (urls.tokenUrl !== null) return urls.tokenUrl;
  if (notebook.url !== null) deps.warn(withHint(urls.why));
  return notebook.url;
}

/** The URL of a notebook by name or UUID, with the token if its certificate is verified. */
export async function urlWithToken(deps: Deps, reference: string): Promise<string | null> {
  return urlToTell(deps, await find(deps, reference));
}

/** A notebook and its URL with the token. Throws CONFLICT if another login made the token. */
export async function notebookAccess(deps: Deps, reference: string): Promise<NotebookAccess> {
  const server = await find(deps, reference);
  await pinFromConsole(deps, server);
  const notebook = await toNotebookWithCertificate(deps, server);
  return { server, notebook, ...(await tokenUrls(deps, server, notebook)) };
}

export type NotebookAccess = TokenUrls & { readonly server: Server; readonly notebook: Notebook };

function foreign(name: string): NubesError {
  return new NubesError(
    'CONFLICT',
    `${name} was created by another login (another computer, or after a logout here), and only that one knows its token.`,
    {
      hint: `nubes-nb url ${name} --renew gives it this login's token and restarts its Jupyter; or run nubes-nb url ${name} there.`,
    },
  );
}
