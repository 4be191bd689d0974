import { type ErrorCode, type ErrorDetails, NubesError } from '../errors.ts';
import { exceededLimits, isOverQuota, limitsInWords } from './over-quota.ts';

export type ServiceName = 'Nova' | 'Keystone' | 'Glance' | 'Neutron';

/** `code`, `message` and `hint` replace those that follow from the status. */
export interface ApiErrorOptions extends ErrorDetails {
  readonly service: string;
  readonly status: number;
  readonly kind?: string | undefined;
  readonly detail?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly isForeign?: boolean | undefined;
  readonly code?: ErrorCode | undefined;
  readonly message?: string | undefined;
}

/** A service's response that is a refusal, a failure, or not what its API defines. */
export class ApiError extends NubesError {
  /** `Nova`, `Keystone`, `Glance` or `Neutron`. */
  readonly service: string;
  /** The HTTP status; 2xx if the body is not what the API defines, 0 for a refusal by another program. */
  readonly status: number;
  /** The service's own name for the failure, e.g. `conflictingRequest`, `forbidden`, `OverQuota`. */
  readonly kind: string | undefined;
  /** The service's own text, safe on a terminal; empty if there is none. */
  readonly detail: string;
  /** From `Retry-After`. */
  readonly retryAfterMs: number | undefined;
  /** Another program answered at the service's address, which says nothing about the request. */
  readonly isForeign: boolean;

  constructor(options: ApiErrorOptions) {
    const code = options.code ?? codeFor(options);
    super(code, options.message ?? messageFor(code, options), {
      hint: options.hint ?? retryHint(code, options) ?? hintFor(code, options),
      requestId: options.requestId,
    });
    this.name = 'ApiError';
    this.service = options.service;
    this.status = options.status;
    this.kind = options.kind;
    this.detail = options.detail ?? '';
    this.retryAfterMs = options.retryAfterMs;
    this.isForeign = options.isForeign ?? false;
  }
}

/** Whether the service itself answered with this status. */
export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** Whether the caller's roles or access rules do not permit the call; not a quota, which is a 403 too. */
export function isRefusedByPolicy(error: unknown): error is ApiError {
  return isStatus(error, 403) && error.code === 'NOT_ALLOWED';
}

export type ConnectionReason =
  | 'refused'
  | 'unresolved'
  | 'timeout'
  | 'reset'
  | 'tls'
  | 'proxy'
  | 'other';

export interface ConnectionErrorOptions extends ErrorDetails {
  readonly service: string;
  /** With the port. */
  readonly host: string;
  readonly reason: ConnectionReason;
  readonly sent: boolean;
  /** The service's certificate is not trusted. */
  readonly untrusted?: boolean | undefined;
  /** A few words, for parentheses. */
  readonly detail?: string | undefined;
}

/** No response, or only a part of one. */
export class ConnectionError extends NubesError {
  readonly service: string;
  readonly reason: ConnectionReason;
  /** False only if no byte of the request can have reached the service. */
  readonly sent: boolean;
  /** The certificate is not trusted, and a CA file can change that. */
  readonly lacksCa: boolean;

  constructor(options: ConnectionErrorOptions) {
    super(options.untrusted ? 'TLS_UNTRUSTED' : 'UNREACHABLE', connectionMessage(options), {
      hint: options.hint ?? connectionHint(options),
      requestId: options.requestId,
    });
    this.name = 'ConnectionError';
    this.service = options.service;
    this.reason = options.reason;
    this.sent = options.sent;
    this.lacksCa = options.untrusted === true && options.hint === undefined;
  }
}

function codeFor({ status, kind, detail }: ApiErrorOptions): ErrorCode {
  if (isQuota(status, kind, detail ?? '')) return 'QUOTA_EXCEEDED';
  if (status === 401) return 'SESSION_EXPIRED';
  if (status === 403) return 'NOT_ALLOWED';
  if (status === 404) return 'NOT_FOUND';
  return status === 409 ? 'CONFLICT' : 'SERVICE_ERROR';
}

/** Nova sends 403 and a sentence, Neutron 409 and a type. */
function isQuota(status: number, kind: string | undefined, detail: string): boolean {
  if (status === 403) return isOverQuota(detail);
  return status === 409 && (kind === 'OverQuota' || isOverQuota(detail));
}

/** The exceeded limits in our words, else the service's text; without a full stop. */
export function quotaDetail(detail: string): string {
  return limitsInWords(exceededLimits(detail)) || withoutEnd(detail) || 'a quota is used up';
}

/** Services end their texts with one full stop, none, or several lines. */
function withoutEnd(detail: string): string {
  return detail.replace(/[.\s]+$/, '');
}

function messageFor(code: ErrorCode, options: ApiErrorOptions): string {
  const { service, status, detail, retryAfterMs } = options;
  const why = detail ? `: ${withoutEnd(detail)}.` : '.';
  if (code === 'SESSION_EXPIRED') return `${service} does not accept the login (any more).`;
  if (code === 'NOT_ALLOWED') return `${service} does not allow this${why}`;
  if (code === 'QUOTA_EXCEEDED')
    return `${service} refused the request: ${quotaDetail(detail ?? '')}.`;
  if (code === 'NOT_FOUND') return `${service} found nothing${why}`;
  if (code === 'CONFLICT') return `${service} reports a conflict${why}`;
  if (status === 429 || (status === 413 && retryAfterMs !== undefined)) {
    return `${service} limits the rate of requests${why}`;
  }
  if (status === 413) return `The request is larger than ${service} accepts (413)${why}`;
  if (status >= 500) return `${service} failed (${status})${why}`;
  return `${service} refused the request (${status})${why}`;
}

function retryHint(
  code: ErrorCode,
  { service, retryAfterMs = 0 }: ApiErrorOptions,
): string | undefined {
  if (retryAfterMs < 1_000 || code === 'SESSION_EXPIRED') return undefined;
  return `try again in ${durationOf(retryAfterMs)}, as ${service} asks`;
}

function hintFor(code: ErrorCode, { status, detail = '', requestId }: ApiErrorOptions): string {
  const askAbout = `ask your cloud team about ${requestId === undefined ? 'it' : 'the request id'}`;
  if (code === 'SESSION_EXPIRED') return 'nubes-nb login';
  if (code === 'NOT_ALLOWED') return 'ask your cloud team which role permits it';
  if (code === 'QUOTA_EXCEEDED') {
    return (
      exceededLimits(detail)[0]?.hint ??
      'delete what you do not need, or ask your cloud team for more quota'
    );
  }
  if (code === 'NOT_FOUND') return 'nubes-nb ls shows the notebooks that exist';
  if (code === 'CONFLICT') return `try again; if it fails again, ${askAbout}`;
  if (status === 429) return 'try again in a minute';
  if (status === 413) return askAbout;
  if (status >= 500) return `try again in a minute; if it fails again, ${askAbout}`;
  return askAbout;
}

/** `90 s`, `5 min` or `2 h`, rounded up. */
export function durationOf(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3_600)} h`;
}

function connectionMessage({ service, host, reason, detail }: ConnectionErrorOptions): string {
  const why = detail ? ` (${detail})` : '';
  if (reason === 'refused') return `${service} at ${host} refused the connection.`;
  if (reason === 'unresolved') return `The address of ${service}, ${host}, cannot be found${why}.`;
  if (reason === 'timeout') return `${service} at ${host} did not answer in time${why}.`;
  if (reason === 'reset') return `${service} at ${host} closed the connection.`;
  if (reason === 'tls') return `No secure connection to ${service} at ${host}${why}.`;
  if (reason === 'proxy') return `The proxy did not connect to ${service} at ${host}${why}.`;
  return `${service} at ${host} cannot be reached${why}.`;
}

function connectionHint({ reason, untrusted }: ConnectionErrorOptions): string | undefined {
  if (untrusted) return "set openstack.ca_file to the file with your site's CA certificate";
  if (reason === 'tls') return 'check that the address should be https';
  if (reason === 'proxy') return 'check HTTPS_PROXY, ALL_PROXY and NO_PROXY';
  if (reason === 'unresolved') return 'check openstack.auth_url and the VPN';
  return 'check the network (VPN, firewall), then try again';
}
