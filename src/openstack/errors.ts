import { type ErrorCode, type ErrorDetails, NubesError } from '../errors.ts';

export type ServiceName = 'Nova' | 'Keystone' | 'Glance' | 'Neutron';

/** What a service answered; `code`, `message` and `hint` replace what the status alone says. */
export interface ApiFacts extends ErrorDetails {
  readonly service: string;
  readonly status: number;
  readonly kind?: string | undefined;
  readonly detail?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly code?: ErrorCode | undefined;
  readonly message?: string | undefined;
}

/** A service answered, and the answer is a refusal, a failure or not what the API promises. */
export class ApiError extends NubesError {
  /** `Nova`, `Keystone`, `Glance` or `Neutron`. */
  readonly service: string;
  /** The HTTP status; 2xx when the body was not what the API promises. */
  readonly status: number;
  /** The service's own name for the failure, e.g. `conflictingRequest`, `forbidden`, `OverQuota`. */
  readonly kind: string | undefined;
  /** The service's own sentence, fit for a terminal; empty when it gave none. */
  readonly detail: string;
  /** Milliseconds that the service asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(facts: ApiFacts) {
    const code = facts.code ?? codeOf(facts);
    super(code, facts.message ?? sentenceOf(code, facts), {
      hint: facts.hint ?? hints[code],
      requestId: facts.requestId,
    });
    this.name = 'ApiError';
    this.service = facts.service;
    this.status = facts.status;
    this.kind = facts.kind;
    this.detail = facts.detail ?? '';
    this.retryAfter = facts.retryAfter;
  }
}

/** Whether a service answered with this status. */
export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

export type ConnectionReason =
  | 'refused'
  | 'unresolved'
  | 'timeout'
  | 'reset'
  | 'tls'
  | 'proxy'
  | 'other';

/** Why no answer came. `host` is host and port of the service, `what` a few words on the reason. */
export interface ConnectionFacts extends ErrorDetails {
  readonly service: string;
  readonly host: string;
  readonly reason: ConnectionReason;
  readonly sent: boolean;
  /** The certificate is the reason. */
  readonly untrusted?: boolean | undefined;
  readonly what?: string | undefined;
}

/** No answer came, or the connection ended within it. */
export class ConnectionError extends NubesError {
  readonly service: string;
  readonly reason: ConnectionReason;
  /** False only when surely no byte of the request reached the service. */
  readonly sent: boolean;

  constructor(facts: ConnectionFacts) {
    super(facts.untrusted ? 'TLS_UNTRUSTED' : 'UNREACHABLE', connectionSentence(facts), {
      hint: facts.hint ?? connectionHint(facts),
      requestId: facts.requestId,
    });
    this.name = 'ConnectionError';
    this.service = facts.service;
    this.reason = facts.reason;
    this.sent = facts.sent;
  }
}

function codeOf({ status, kind, detail }: ApiFacts): ErrorCode {
  if (isQuota(status, kind, detail ?? '')) return 'QUOTA_EXCEEDED';
  if (status === 401) return 'SESSION_EXPIRED';
  if (status === 403) return 'NOT_ALLOWED';
  if (status === 404) return 'NOT_FOUND';
  return status === 409 ? 'CONFLICT' : 'SERVICE_ERROR';
}

/** Nova says 403 with words, Neutron 409 with a type. */
function isQuota(status: number, kind: string | undefined, detail: string): boolean {
  if (status === 413) return true;
  if (status === 403) return /quota exceeded/i.test(detail);
  return status === 409 && kind === 'OverQuota';
}

function sentenceOf(code: ErrorCode, { service, status, detail }: ApiFacts): string {
  const said = detail ? `: ${detail.replace(/[.\s]+$/, '')}.` : '.';
  if (code === 'SESSION_EXPIRED') return `${service} does not accept the login (any more).`;
  if (code === 'NOT_ALLOWED') return `${service} does not allow this${said}`;
  if (code === 'QUOTA_EXCEEDED') return `${service} refused, a quota is used up${said}`;
  if (code === 'NOT_FOUND') return `${service} did not find it${said}`;
  if (code === 'CONFLICT') return `${service} reports a conflict${said}`;
  if (status === 429) return `${service} asks for fewer requests${said}`;
  if (status >= 500) return `${service} failed (${status})${said}`;
  return `${service} refused the request (${status})${said}`;
}

const hints: Partial<Record<ErrorCode, string>> = {
  SESSION_EXPIRED: 'nubes-nb login',
};

function connectionSentence({ service, host, reason, what }: ConnectionFacts): string {
  const why = what ? ` (${what})` : '';
  if (reason === 'refused') return `${service} at ${host} refused the connection.`;
  if (reason === 'unresolved') return `The address of ${service}, ${host}, cannot be found${why}.`;
  if (reason === 'timeout') return `${service} at ${host} did not answer in time${why}.`;
  if (reason === 'reset') return `${service} at ${host} broke off the connection.`;
  if (reason === 'tls') return `No safe connection to ${service} at ${host}${why}.`;
  if (reason === 'proxy') return `The proxy gave no connection to ${service} at ${host}${why}.`;
  return `${service} at ${host} cannot be reached${why}.`;
}

function connectionHint({ reason, untrusted }: ConnectionFacts): string | undefined {
  if (untrusted) return "set openstack.ca_file to the file with your site's CA certificate";
  if (reason === 'tls') return 'check whether the address is meant to be https';
  if (reason === 'proxy') return 'check HTTPS_PROXY and NO_PROXY';
  if (reason === 'unresolved') return 'check openstack.auth_url and that you are on the VPN';
  return 'check the network (VPN, firewall), then try again';
}
