import { ApiError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import { type RawReply, requestIdOf } from './client.ts';

/** A refusal or failure in the service's own dialect, made an ApiError; `secrets` are blotted out. */
export function errorFrom(
  service: string,
  { status, headers, text }: RawReply,
  secrets: readonly string[],
  now: Date,
): ApiError {
  const { kind, detail } = status >= 300 && status < 400 ? nothing : explanation(text);
  return new ApiError({
    service,
    status,
    kind,
    detail: sanitize(blotted(detail, secrets)),
    message: status < 400 ? `${service} redirected the request, which is not followed.` : undefined,
    retryAfter: retryAfterOf(headers['retry-after'], now),
    requestId: requestIdOf(headers),
  });
}

/** The service answered 2xx with something that its API does not promise. */
export function notUnderstood(
  service: string,
  { status, requestId }: { readonly status: number; readonly requestId: string | undefined },
): ApiError {
  return new ApiError({
    service,
    status,
    code: 'SERVICE_ERROR',
    message: `The reply of ${service} was not understood.`,
    requestId,
  });
}

interface Explanation {
  readonly kind: string | undefined;
  readonly detail: string;
}
const nothing: Explanation = { kind: undefined, detail: '' };

/** Reads all dialects: a named fault (Nova, Neutron, Keystone), a list (API-SIG), webob's, HTML. */
function explanation(text: string): Explanation {
  const body = parsed(text);
  if (body === undefined) return { kind: undefined, detail: withoutHeading(text) };
  if (!isRecord(body)) return nothing;
  if (Array.isArray(body['errors'])) return fromList(body['errors'][0]);
  if (typeof body['message'] === 'string') return { kind: undefined, detail: body['message'] };
  for (const [name, fault] of Object.entries(body)) {
    if (!isRecord(fault) || typeof fault['message'] !== 'string') continue;
    const type = fault['type'];
    return {
      kind: shortName(typeof type === 'string' ? type : name),
      detail: fault['message'],
    };
  }
  return nothing;
}

/** A page's heading only repeats the status, unless there is nothing else. */
function withoutHeading(page: string): string {
  const rest = page.replace(/<h1\b[^>]*>[\s\S]*?<\/h1\s*>/i, ' ');
  return sanitize(rest) === '' ? page : rest;
}

function fromList(first: unknown): Explanation {
  if (!isRecord(first)) return nothing;
  const text = [first['detail'], first['title']].find((value) => typeof value === 'string');
  return { kind: undefined, detail: typeof text === 'string' ? text : '' };
}

/** Keystone calls every fault `error`, which says nothing. */
function shortName(name: string): string | undefined {
  return /^\w{1,80}$/.test(name) && name !== 'error' ? name : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Services echo what they refuse, so a password may come back in a sentence. */
function blotted(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    for (const spelling of [secret, JSON.stringify(secret).slice(1, -1), encodeURI(secret)]) {
      if (secret.length < 6 && clean.includes(spelling)) return '';
      clean = clean.replaceAll(spelling, '***');
    }
  }
  return clean;
}

const secretNames = new Set(['password', 'secret', 'adminPass']);

/** What must not come back in an error: tokens in headers, passwords and secrets in the body. */
export function secretsIn(headers: Readonly<Record<string, string>>, body: unknown): string[] {
  const tokens = Object.entries(headers)
    .filter(([name]) => /^x-(auth|subject)-token$/i.test(name))
    .map(([, token]) => token);
  return [...tokens, ...secretsBelow(body)].filter((secret) => secret !== '');
}

function secretsBelow(value: unknown, name = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => secretsBelow(item, name));
  if (isRecord(value)) {
    return Object.entries(value).flatMap(([key, below]) =>
      secretsBelow(below, name === 'token' && key === 'id' ? 'secret' : key),
    );
  }
  return typeof value === 'string' && secretNames.has(name) ? [value] : [];
}

const longestRetryAfter = 60_000;

/** Retry-After as milliseconds, from whole seconds or an HTTP date; at most a minute. */
function retryAfterOf(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return;
  const milliseconds = /^\s*\d+\s*$/.test(header)
    ? Number(header) * 1000
    : Date.parse(header) - now.getTime();
  if (Number.isNaN(milliseconds)) return;
  return Math.min(Math.max(milliseconds, 0), longestRetryAfter);
}
