import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { ApiError, ConnectionError, type ConnectionReason } from '../errors.ts';
import type { Call } from './client.ts';

/** Why a try was ended from our side. */
export type Stop = 'timeout' | 'interrupted';

/** Which of Node's modules makes the request, and over which connections. */
export interface Route {
  readonly request: (
    options: RequestOptions,
    onReply: (reply: IncomingMessage) => void,
  ) => ClientRequest;
  readonly agent: Agent | false;
  readonly secureContext?: SecureContext;
}

/** One try's connection, as it is watched. */
export interface Connection {
  /** Hand this to the HTTP library instead of node's own modules. */
  readonly transport: {
    request(options: RequestOptions, onReply: (reply: IncomingMessage) => void): ClientRequest;
  };
  /** False only when surely no byte of the request reached the service. */
  readonly sent: () => boolean;
  /** The status with which a proxy refused to connect. */
  readonly proxyRefusal: () => number | undefined;
}

/** Sockets that are connected (and their TLS agreed) and may serve another request. */
const established = new WeakSet<Socket>();

/** Makes the request itself, to know whether it went out before it failed. */
export function watchConnection(url: URL, { request: make, ...more }: Route): Connection {
  const secure = url.protocol === 'https:';
  let sent = false;
  let refusal: number | undefined;

  const onSocket = (socket: Socket): void => {
    if (established.has(socket)) sent = true;
    else
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        established.add(socket);
        sent = true;
      });
  };

  return {
    sent: () => sent,
    proxyRefusal: () => refusal,
    transport: {
      request: (options, onReply) => {
        const request = make({ ...options, ...more }, onReply);
        request.once('socket', onSocket);
        request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
          if (statusCode !== 200) refusal = statusCode;
        });
        return request;
      },
    },
  };
}

/** An over-big answer. */
export function tooLarge({ service, requestId }: Call): ApiError {
  return new ApiError({
    service,
    status: 200,
    code: 'SERVICE_ERROR',
    message: `${service} sent a far too long answer.`,
    requestId,
  });
}

/** What the HTTP library's error means; nothing of that error is kept but its code. */
export function connectionError(
  error: unknown,
  { service, url, requestId }: Call,
  facts: Pick<Connection, 'sent' | 'proxyRefusal'> & {
    readonly proxied: boolean;
    readonly stopped: Stop | undefined;
  },
): ConnectionError {
  const code = facts.stopped === 'timeout' ? 'ETIMEDOUT' : systemCode(error);
  const refusal = facts.proxyRefusal();
  const sent = facts.sent() && refusal === undefined;
  const certificate = certificateFaults[code];
  const reason =
    facts.proxied && !sent && !certificate ? 'proxy' : certificate ? 'tls' : reasonOf(code);
  return new ConnectionError({
    service,
    host: url.host,
    reason,
    sent,
    untrusted: certificate !== undefined,
    what: certificate ?? (refusal === undefined ? words(code) : `it answered ${refusal}`),
    requestId: sent ? requestId : undefined,
  });
}

/** The system's name for an error; an answer that ends early has none of its own. */
function systemCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_BAD_RESPONSE') return 'ECONNRESET';
  return code === '' && 'cause' in error ? systemCode(error.cause) : code;
}

function reasonOf(code: string): ConnectionReason {
  return reasons[code] ?? (/^(EPROTO|ERR_(SSL|TLS))/.test(code) ? 'tls' : 'other');
}

const reasons: Readonly<Record<string, ConnectionReason>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  EAI_FAIL: 'unresolved',
  ENODATA: 'unresolved',
  ETIMEDOUT: 'timeout',
  ESOCKETTIMEDOUT: 'timeout',
  ECONNABORTED: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
};

const certificateFaults: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from a CA that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from a CA that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from a CA that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from a CA that is not trusted here',
  CERT_UNTRUSTED: 'its certificate is not trusted here',
  CERT_REJECTED: 'its certificate is not trusted here',
  CERT_REVOKED: 'its certificate is revoked',
  CERT_SIGNATURE_FAILURE: "its certificate's signature is wrong",
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet, or the clock here is wrong',
  CERT_CHAIN_TOO_LONG: 'its chain of certificates is too long',
  INVALID_CA: 'its certificate comes from something that is no CA',
  INVALID_PURPOSE: 'its certificate is not meant for servers',
  HOSTNAME_MISMATCH: 'its certificate is for another name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

function words(code: string): string | undefined {
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : undefined;
}
