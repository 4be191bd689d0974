import type { IncomingHttpHeaders } from 'node:http';
import type { FaultKind, ServiceName } from './faults.ts';

/** A request as the handlers receive it. */
export interface CloudRequest {
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly at: Date;
  readonly requestId: string;
  /** `http://127.0.0.1:<port>` of this service. */
  readonly origin: string;
  /** The faults injected into this request, each with its duration in milliseconds. */
  readonly faults: ReadonlyMap<FaultKind, number>;
}

/** A past request, for tests. It has no headers and no body, so no secret. */
export interface RecordedRequest {
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  /** Of Nova's server actions, e.g. `os-start`. */
  readonly action: string | undefined;
  readonly query: string;
  /** 0 if the connection was reset instead of answered. */
  readonly status: number;
  readonly at: Date;
  readonly requestId: string;
  /** The client's own `X-OpenStack-Request-ID`, if it sent one. */
  readonly globalRequestId: string | undefined;
  /** Of the reply's body. */
  readonly bytes: number;
}

export function header(request: CloudRequest, name: string): string {
  const value = request.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** The body as a JSON object; `undefined` if it is anything else. */
export function objectBody(request: CloudRequest): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(request.text));
  } catch {
    return undefined;
  }
}

/** The name of the server action that is requested, e.g. `os-start`. */
export function actionIn(path: string, text: string): string | undefined {
  if (!path.endsWith('/action')) return undefined;
  return /^\s*\{\s*"([\w-]+)"/.exec(text)?.[1];
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}
