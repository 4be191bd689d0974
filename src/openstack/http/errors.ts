import { ApiError, type ApiErrorOptions } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import { requestIdOf } from './client.ts';
import { type Answerer, foreignReply, isForeign } from './foreign-reply.ts';
import type { HttpResponse } from './request.ts';
import { redact } from './secrets.ts';

/** The ApiError for a response that is not 2xx. `secrets` are redacted from the service's text. */
export function apiErrorFrom(
  service: Answerer,
  response: HttpResponse,
  secrets: readonly string[],
  { now, ...request }: FailedRequest & { readonly now: Date },
): ApiError {
  if (isForeign(service, response)) return foreignReply(service, response, secrets);
  const { status, headers, text } = response;
  const { kind, detail } = explanationIn(text);
  return new ApiError({
    service: service.name,
    status,
    kind,
    detail: sanitize(redact(detail, secrets)),
    ...meaningless(service.name, status, request),
    retryAfterMs: retryAfterMsFrom(headers['retry-after'], now),
    requestId: requestIdOf(headers),
  });
}

export interface FailedRequest {
  readonly path: string;
  /** Without effect, whatever the method. */
  readonly isRead: boolean;
}

/**
 * A status that says nothing about what the user asked for: a missing collection is a wrong address, and a read
 * or a login has no conflicts.
 */
function meaningless(
  service: string,
  status: number,
  { path, isRead }: FailedRequest,
): Partial<Pick<ApiErrorOptions, 'code' | 'message' | 'hint'>> {
  if (status === 404 && isCollection(path)) {
    const hint = `check openstack.auth_url and the address of ${service} in the service catalog`;
    const message = `${service} has nothing at the address of its API (404).`;
    return { code: 'SERVICE_ERROR', message, hint };
  }
  const hasNoConflicts = isRead || path === '/auth/tokens';
  return hasNoConflicts && status === 409 ? { code: 'SERVICE_ERROR' } : {};
}

/** `/servers`, `/servers/detail` and `/auth/tokens`, but not `/servers/ID`. */
function isCollection(path: string): boolean {
  return /^\/[^/]*(?:\/(?:detail|tokens|projects))?$/.test(path);
}

interface Explanation {
  readonly kind: string | undefined;
  readonly detail: string;
}
const noExplanation: Explanation = { kind: undefined, detail: '' };

/** Knows all formats: a named fault (Nova, Neutron, Keystone), a list (API-SIG), webob's JSON, HTML. */
function explanationIn(text: string): Explanation {
  const body = parseJson(text);
  if (body === undefined) return isJsonFragment(text) ? noExplanation : page(text);
  if (!isRecord(body)) return noExplanation;
  if (Array.isArray(body['errors'])) return fromList(body['errors'][0]);
  if (typeof body['message'] === 'string') return { kind: undefined, detail: body['message'] };
  for (const [name, fault] of Object.entries(body)) {
    if (!isRecord(fault) || typeof fault['message'] !== 'string') continue;
    const type = fault['type'];
    return {
      kind: kindFrom(typeof type === 'string' ? type : name),
      detail: fault['message'],
    };
  }
  return noExplanation;
}

function page(text: string): Explanation {
  return { kind: undefined, detail: withoutHeading(text) };
}

function isJsonFragment(text: string): boolean {
  return /^\s*[[{"]/.test(text);
}

/** The heading of an error page repeats the status; it is kept only if there is no other text. */
function withoutHeading(page: string): string {
  const rest = page.replace(/<h1\b[^>]*>[\s\S]*?<\/h1\s*>/i, ' ');
  return sanitize(rest) === '' ? page : rest;
}

function fromList(first: unknown): Explanation {
  if (!isRecord(first)) return noExplanation;
  const text = [first['detail'], first['title']].find((value) => typeof value === 'string');
  return { kind: undefined, detail: typeof text === 'string' ? text : '' };
}

/** Keystone names every fault `error`. */
function kindFrom(name: string): string | undefined {
  return /^\w{1,80}$/.test(name) && name !== 'error' ? name : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Longer than any deadline; setTimeout ends at once with more than 24 days. */
const maxRetryAfterMs = 24 * 3_600_000;

/** Retry-After is a number of seconds or an HTTP date. */
function retryAfterMsFrom(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return;
  const ms = /^\s*\d+\s*$/.test(header)
    ? Number(header) * 1000
    : Date.parse(header) - now.getTime();
  if (Number.isNaN(ms)) return;
  return Math.min(Math.max(ms, 0), maxRetryAfterMs);
}
