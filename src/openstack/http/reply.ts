import { requestIdOf } from './client.ts';
import { type Answerer, foreignReply } from './foreign-reply.ts';
import type { HttpResponse } from './request.ts';

/** A 2xx response. */
export interface Reply {
  readonly status: number;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string | undefined;
  /** By the service's clock. */
  readonly date: Date | undefined;
}

/** Throws ApiError SERVICE_ERROR for a body that is not JSON. */
export function replyFrom(
  service: Answerer,
  response: HttpResponse,
  secrets: readonly string[],
): Reply {
  const { status, headers, text } = response;
  const date = new Date(headers['date'] ?? Number.NaN);
  return {
    status,
    headers,
    requestId: requestIdOf(headers),
    date: Number.isNaN(date.getTime()) ? undefined : date,
    body: text.trim() === '' ? undefined : parseJson(service, response, secrets),
  };
}

function parseJson(service: Answerer, response: HttpResponse, secrets: readonly string[]): unknown {
  try {
    return JSON.parse(response.text);
  } catch {
    throw foreignReply(service, response, secrets);
  }
}
