import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { ApiError, ConnectionError, type ConnectionReason } from '../errors.ts';
import type { HttpRequest } from './request.ts';

/** Why this program aborted an attempt. */
export type AbortReason = 'timeout' | 'interrupted';

/** The function of node:http or node:https that makes the request, and its agent. */
export interface Route {
  readonly request: (
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => ClientRequest;
  readonly agent: Agent | false;
  readonly rejectUnauthorized: true;
  readonly secureContext?: SecureContext;
}

/** What is known about the connection of one attempt. */
export interface Connection {
  /** Replaces Node's own module in the HTTP library. */
  readonly transport: {
    request(
      options: RequestOptions,
      onResponse: (response: IncomingMessage) => void,
    ): ClientRequest;
  };
  /** False only if no byte of the request can have reached the service. */
  readonly sent: () => boolean;
  /** The status of a proxy that refused to connect. */
  readonly proxyRefusal: () => number | undefined;
}

/** Sockets that have completed the TCP and TLS handshakes; a keep-alive agent reuses them. */
const established = new WeakSet<Socket>();

/** Makes the request itself, to find out whether a failed one was sent. */
export function watchConnection(url: URL, { request: makeRequest, ...options }: Route): Connection {
  const isHttps = url.protocol === 'https:';
  let sent = false;
  let refusal: number | undefined;

  const onSocket = (socket: Socket): void => {
    if (established.has(socket)) sent = true;
    else
      socket.once(isHttps ? 'secureConnect' : 'connect', () => {
        established.add(socket);
        sent = true;
      });
  };

  return {
    sent: () => sent,
    proxyRefusal: () => refusal,
    transport: {
      request: (given, onResponse) => {
        const request = makeRequest({ ...given, ...options }, onResponse);
        request.once('socket', onSocket);
        request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
          if (statusCode !== 200) refusal = statusCode;
        });
        return request;
      },
    },
  };
}

/** The error for a response above the size limit. */
export function tooLarge({ service, requestId }: HttpRequest): ApiError {
  return new ApiError({
    service,
    status: 200,
    code: 'SERVICE_ERROR',
    message: `The response of ${service} exceeds the size limit.`,
    requestId,
  });
}

/** The error of the HTTP library as a ConnectionError. Only its code is kept: the rest holds secrets. */
export function connectionError(
  error: unknown,
  { service, url, requestId }: HttpRequest,
  connection: Pick<Connection, 'sent' | 'proxyRefusal'> & {
    readonly proxied: boolean;
    readonly abortReason: AbortReason | undefined;
  },
): ConnectionError {
  const code = connection.abortReason === 'timeout' ? 'ETIMEDOUT' : systemCode(error);
  const proxyStatus = connection.proxyRefusal();
  const sent = connection.sent() && proxyStatus === undefined;
  const certificate = certificateErrors[code];
  const reason =
    connection.proxied && !sent && !certificate ? 'proxy' : certificate ? 'tls' : reasonOf(code);
  return new ConnectionError({
    service,
    host: url.host,
    reason,
    sent,
    untrusted: certificate !== undefined,
    hint: certificateHints[code],
    detail: certificate ?? (reason === 'proxy' ? proxyDetail(proxyStatus, code) : errorName(code)),
    requestId: sent ? requestId : undefined,
  });
}

/** Only a connection to the proxy itself can fail with a code of the network; to the service it has a status. */
function proxyDetail(status: number | undefined, code: string): string | undefined {
  if (status !== undefined) return `status ${status}`;
  const failed = {
    refused: 'it refused the connection',
    unresolved: 'its address cannot be found',
  };
  const reason = reasonOf(code);
  return reason === 'refused' || reason === 'unresolved' ? failed[reason] : errorName(code);
}

/** The code of a system error; axios has its own for a response that ends early. */
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

const certificateErrors: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its CA is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'its CA is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its CA is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its CA is not trusted',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  CERT_REJECTED: 'its certificate is not trusted',
  CERT_REVOKED: 'its certificate is revoked',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet, or the clock of this computer is wrong',
  CERT_CHAIN_TOO_LONG: 'its certificate chain is too long',
  INVALID_CA: 'the issuer of its certificate is not a CA',
  INVALID_PURPOSE: 'its certificate is not for TLS servers',
  HOSTNAME_MISMATCH: 'its certificate is for another name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Where another CA would not help. */
const certificateHints: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'check the clock of this computer, then ask your cloud team to renew it',
  CERT_NOT_YET_VALID: 'check the clock of this computer',
  CERT_REVOKED: 'ask your cloud team for the address of the service',
  HOSTNAME_MISMATCH: 'check openstack.auth_url: it needs the name that is in the certificate',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'check openstack.auth_url: it needs the name that is in the certificate',
};

function errorName(code: string): string | undefined {
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : undefined;
}
