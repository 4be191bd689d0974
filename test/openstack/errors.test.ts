import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { ApiError, ConnectionError, isStatus } from '../../src/openstack/errors.ts';
import { passwordToken } from '../../src/openstack/identity/tokens.ts';
import { service } from '../../src/openstack/service.ts';
import { type Answer, failure, quietHttp, serve } from './fake-service.ts';

async function errorOf(answer: Answer): Promise<unknown> {
  const server = await serve(() => answer);
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: server.url });
  return failure(nova.post('/servers/x', {}));
}

const page = (title: string, text: string): string =>
  `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n  ${text}<br /><br />\n\n </body>\n</html>`;

test.each<[string, Answer, object]>([
  [
    'Keystone',
    { status: 401, json: { error: { code: 401, title: 'Unauthorized', message: 'Say who.' } } },
    { code: 'SESSION_EXPIRED', kind: undefined, detail: 'Say who.' },
  ],
  [
    'Nova',
    { status: 409, json: { conflictingRequest: { code: 409, message: 'Instance is locked' } } },
    {
      code: 'CONFLICT',
      kind: 'conflictingRequest',
      detail: 'Instance is locked',
      message: 'Nova reports a conflict: Instance is locked.',
    },
  ],
  [
    'a refusal by policy of Nova',
    { status: 403, json: { forbidden: { code: 403, message: "Policy doesn't allow it." } } },
    { code: 'NOT_ALLOWED', kind: 'forbidden', exit: 5 },
  ],
  [
    'an exceeded quota of Nova',
    { status: 403, json: { forbidden: { code: 403, message: 'Quota exceeded for cores: 4' } } },
    { code: 'QUOTA_EXCEEDED', exit: 7, detail: 'Quota exceeded for cores: 4' },
  ],
  [
    'an exceeded unified limit',
    {
      status: 403,
      json: {
        forbidden: {
          code: 403,
          message:
            'Project 0a1b is over a limit for [Resource servers is over limit of 1 due to current usage 1 and delta 1]',
        },
      },
    },
    {
      ...{ code: 'QUOTA_EXCEEDED', exit: 7 },
      message:
        "Nova refused the request: 1 of the project's 1 instances are in use (1 more needed).",
      hint: 'nubes-nb ls shows what you hold; nubes-nb delete NAME frees it',
    },
  ],
  [
    'a body that is too large',
    { status: 413, json: { overLimit: { code: 413, message: 'Too much', retryAfter: 3 } } },
    {
      ...{ code: 'SERVICE_ERROR', exit: 9, kind: 'overLimit' },
      message: 'The request is larger than Nova accepts (413): Too much.',
    },
  ],
  [
    'a refused microversion',
    { status: 406, json: { computeFault: { code: 406, message: 'Version 2.999 is not' } } },
    { code: 'SERVICE_ERROR', kind: 'computeFault' },
  ],
  [
    'an exceeded quota of Neutron',
    { status: 409, json: { NeutronError: { type: 'OverQuota', message: 'No.', detail: '' } } },
    { code: 'QUOTA_EXCEEDED', kind: 'OverQuota', detail: 'No.' },
  ],
  [
    'Neutron',
    {
      status: 404,
      json: { NeutronError: { type: 'NetworkNotFound', message: 'Gone', detail: '' } },
    },
    { code: 'NOT_FOUND', kind: 'NetworkNotFound', exit: 3 },
  ],
  [
    'HTML of Glance',
    {
      status: 404,
      text: page('404 Not Found', 'No image found with ID 7'),
      headers: { 'X-Openstack-Request-Id': 'req-7' },
    },
    { code: 'NOT_FOUND', detail: 'No image found with ID 7' },
  ],
  [
    'JSON of Glance',
    { status: 404, json: { message: 'No image<br /><br />\n\n', code: '404 Not Found' } },
    { detail: 'No image' },
  ],
  [
    'API-SIG',
    { status: 400, json: { errors: [{ title: 'Bad', detail: 'JSON does not validate' }] } },
    { code: 'SERVICE_ERROR', detail: 'JSON does not validate' },
  ],
  [
    'a load balancer',
    { status: 503, text: page('503 Service Unavailable', 'No server is available.') },
    {
      code: 'SERVICE_ERROR',
      exit: 9,
      message: 'Nova failed (503): No server is available.',
    },
  ],
  [
    'a page with only a heading',
    { status: 502, text: page('502 Bad Gateway', '') },
    { detail: '502 Bad Gateway' },
  ],
  ['an empty body', { status: 502 }, { detail: '', message: 'Nova failed (502).' }],
  [
    'a JSON list, which Nova does not send',
    { status: 400, json: ['?'] },
    { detail: '', status: 0 },
  ],
])('ApiError of %s', async (_name, answer, expected) => {
  const error = await errorOf(answer);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ service: 'Nova', status: answer.status, ...expected });
});

test('ApiError has the request id of the service, unless that is malformed', async () => {
  const nova = { status: 409, headers: { 'X-Compute-Request-Id': 'req-0a-1' } };
  expect(await errorOf(nova)).toMatchObject({ requestId: 'req-0a-1' });
  const malformed = { status: 409, headers: { 'X-Openstack-Request-Id': 'a b;rm' } };
  expect(await errorOf(malformed)).toMatchObject({ requestId: undefined });
});

test('isStatus is true for an ApiError of that status only', () => {
  const notFound = new ApiError({ service: 'Nova', status: 404 });
  expect(isStatus(notFound, 404)).toBe(true);
  expect(isStatus(notFound, 409)).toBe(false);
  expect(isStatus({ status: 404 }, 404)).toBe(false);
});

const password = 'correct "horse" \\ battery';
const token = 'gAAAAABsecret-token';
const secret = 'credential-secret-value';

function everythingIn(error: unknown): string {
  const { message, stack, cause } = error as Error;
  return [
    inspect(error, { depth: 10, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify(Object.getOwnPropertyDescriptors(error)),
    message,
    stack,
    inspect(cause, { depth: 10 }),
  ].join('\n');
}

test.each<[string, (request: string) => Answer | undefined]>([
  [
    'quotes the request',
    (request) => ({ status: 400, json: { badRequest: { message: request } } }),
  ],
  ['quotes it as plain text', (request) => ({ status: 403, text: request })],
  ['fails', () => ({ status: 500 })],
  ['redirects', (request) => ({ status: 302, headers: { Location: `/?${encodeURI(request)}` } })],
  ['returns it with 200', (request) => ({ text: request })],
  ['closes the connection', () => undefined],
])('no error and no trace line has a secret if the service %s', async (_name, answer) => {
  const lines: string[] = [];
  const server = await serve((seen, response) => {
    const request = `${JSON.stringify(seen.body)} ${seen.headers['x-auth-token']} ${password} ${secret}`;
    const reply = answer(request);
    if (!reply) response.destroy();
    return reply;
  });
  const { http } = quietHttp({ trace: (line) => lines.push(line) });
  const keystone = service(http, { name: 'Keystone', baseUrl: server.url });
  const headers = { 'X-Auth-Token': token };
  const body = { auth: { identity: { password: { user: { password } }, cred: { secret } } } };
  const error = await failure(keystone.post('/auth/tokens', body, { headers }));
  expect(error instanceof ApiError || error instanceof ConnectionError).toBe(true);
  for (const secretText of [password, JSON.stringify(password).slice(1, -1), token, secret]) {
    expect(everythingIn(error)).not.toContain(secretText);
    expect(lines.join('\n')).not.toContain(secretText);
  }
  expect(everythingIn(error)).not.toMatch(/AxiosError|ClientRequest|IncomingMessage/);
});

test('the text of a service that quotes a password of fewer than 6 characters is dropped', async () => {
  const server = await serve(({ body }) => ({
    status: 400,
    json: { error: { message: `got ${JSON.stringify(body)}` } },
  }));
  const keystone = service(quietHttp().http, { name: 'Keystone', baseUrl: server.url });
  const login = { username: 'alice', password: 'qz7', userDomain: 'stfc' };
  const error = await failure(passwordToken(keystone, login));
  expect(error).toMatchObject({ detail: '', message: 'Keystone refused the request (400).' });
});

test.each([
  ['GET', '/servers/detail', 404, 'SERVICE_ERROR'],
  ['GET', '/images', 404, 'SERVICE_ERROR'],
  ['POST', '/servers', 404, 'SERVICE_ERROR'],
  ['POST', '/auth/tokens', 404, 'SERVICE_ERROR'],
  ['GET', '/servers/x', 404, 'NOT_FOUND'],
  ['POST', '/servers/x/action', 404, 'NOT_FOUND'],
  ['GET', '/servers/detail', 409, 'SERVICE_ERROR'],
  ['GET', '/servers/detail', 413, 'SERVICE_ERROR'],
  ['POST', '/servers', 413, 'SERVICE_ERROR'],
  ['DELETE', '/servers/x', 413, 'SERVICE_ERROR'],
] as const)('%s %s answered with %i is %s', async (method, path, status, code) => {
  const server = await serve(() => ({ status }));
  const nova = service(quietHttp().http, { name: 'Nova', baseUrl: server.url });
  const sent = { GET: nova.get, DELETE: nova.delete, POST: nova.post }[method];
  const error = await failure(sent(path, {}));
  expect(error).toMatchObject({ code, status });
});
