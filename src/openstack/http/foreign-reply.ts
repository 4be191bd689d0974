import { commandLine } from '../../command-line.ts';
import { ApiError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import { requestIdOf } from './client.ts';
import type { HttpResponse } from './request.ts';
import { redact } from './secrets.ts';

/** The service that was asked. */
export interface Answerer {
  readonly name: string;
  readonly baseUrl: string;
}

/**
 * Whether a service of OpenStack cannot have sent this response: another web server, a login page or a proxy
 * did. What a proxy says of a service that is down or overloaded is not foreign.
 */
export function isForeign({ name }: Answerer, { status, headers, text }: HttpResponse): boolean {
  if (status < 300 || status >= 500 || [408, 413, 429].includes(status)) return false;
  if (status < 400) return true;
  const body = record(parseJson(text));
  // Keystone's answer to an unknown path is a page with a request id.
  if (name === 'Keystone') return !hasMessage(body['error']);
  return requestIdOf(headers) === undefined && !isFault(body);
}

/** A named fault, a list (API-SIG), or the JSON of webob. */
function isFault(body: Readonly<Record<string, unknown>>): boolean {
  if (Array.isArray(body['errors'])) return true;
  if (/^\d{3} /.test(String(body['code'])) && hasMessage(body)) return true;
  return Object.values(body).some(hasMessage);
}

function hasMessage(fault: unknown): boolean {
  return typeof record(fault)['message'] === 'string';
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The ApiError for a response that is not the service's, of any status. */
export function foreignReply(
  service: Answerer,
  response: HttpResponse,
  secrets: readonly string[],
): ApiError {
  const { name, baseUrl } = service;
  const target = targetOf(response, baseUrl);
  const what = sanitize(redact(target ? `a redirect to ${target}` : kindOf(response), secrets));
  return new ApiError({
    service: name,
    // The refusal of another program is none of the service's.
    status: response.status < 400 ? response.status : 0,
    isForeign: true,
    code: 'SERVICE_ERROR',
    message: `The answer from ${baseUrl} is not what ${name} sends: ${what === '' ? 'another' : what}.`,
    hint: hintFor(service, what === '' ? undefined : target),
    requestId: requestIdOf(response.headers),
  });
}

/** Where a redirect leads, without its query, which may have parts of the request. */
function targetOf({ status, headers }: HttpResponse, baseUrl: string): string | undefined {
  const location = headers['location'];
  if (status < 300 || status >= 400 || !location || !URL.canParse(location, baseUrl)) return;
  const { origin, pathname } = new URL(location, baseUrl);
  return origin + pathname;
}

function kindOf({ status, text }: HttpResponse): string {
  return `${kindOfText(text)} (${status})`;
}

function kindOfText(text: string): string {
  if (text.trim() === '') return 'an empty response';
  if (/^\s*</.test(text)) return page(text);
  if (parseJson(text) !== undefined) return 'unexpected JSON';
  return /^\s*[[{"]/.test(text) ? 'damaged JSON' : 'text that is not JSON';
}

function page(text: string): string {
  const title = sanitize(/<title[^>]*>([^<]*)/i.exec(text)?.[1] ?? '', 60);
  return title === '' ? 'a web page' : `the web page "${title}"`;
}

function hintFor({ name, baseUrl }: Answerer, target: string | undefined): string {
  const orOther = 'a proxy or a login page may have answered';
  if (name !== 'Keystone') {
    return `check openstack.auth_url and the address of ${name} in the service catalog: ${orOther}`;
  }
  const better = movedTo(baseUrl, target) ?? withoutCall(baseUrl);
  return better === undefined
    ? `check that openstack.auth_url is Keystone's address, such as https://HOST:5000/v3: ${orOther}`
    : commandLine(['nubes-nb', 'config', 'set', 'openstack.auth_url', better]);
}

/** The same host by https, on another port or path, if it redirects a login there. */
function movedTo(baseUrl: string, target: string | undefined): string | undefined {
  const found = /^(.*\/v3)\/auth\/tokens\/?$/.exec(target ?? '')?.[1];
  if (found === undefined || found === baseUrl) return;
  return new URL(found).hostname === new URL(baseUrl).hostname ? found : undefined;
}

/** `…/v3` of `…/v3/auth/tokens/v3`: the address of a call is not that of the API. */
function withoutCall(baseUrl: string): string | undefined {
  return /^(.*?\/v3)\/.*\/v3$/.exec(baseUrl)?.[1];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
