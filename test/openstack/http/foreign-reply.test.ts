import { expect, test } from 'vitest';
import { foreignReply, isForeign } from '../../../src/openstack/http/foreign-reply.ts';

const reply = (status: number, text: string, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers,
  text,
});
const id = { 'x-openstack-request-id': 'req-7' };
const page = '<html><head><title>Log in - Horizon</title></head><body><h1>Hi</h1></body></html>';
const unauthorized = '{"error":{"code":401,"title":"Unauthorized","message":"Log in."}}';
const webob = '{"message":"No image<br />","code":"404 Not Found","title":"Not Found"}';

const keystone = { name: 'Keystone', baseUrl: 'https://cloud:5000/v3' };
const nova = { name: 'Nova', baseUrl: 'https://cloud:8774/v2.1' };
const glance = { name: 'Glance', baseUrl: 'https://cloud:9292/v2' };

test.each([
  ['a refused login', keystone, reply(401, unauthorized), false],
  ['the basic authentication of a web server', keystone, reply(401, page), true],
  ['a refused CSRF check', keystone, reply(403, page), true],
  ['an unknown path of Keystone', keystone, reply(404, page, id), true],
  ['an unknown path of Neutron', keystone, reply(404, '{"code":404,"title":"Not Found"}'), true],
  ['a gateway without a route', keystone, reply(404, '{"message":"no Route matched"}'), true],
  ['a credential that is gone', keystone, reply(404, '{"error":{"message":"Gone."}}'), false],
  ['a static page that takes no POST', keystone, reply(405, page), true],
  ['an empty refusal', keystone, reply(400, ''), true],
  ['the versions of another service', keystone, reply(300, '{"versions":[]}', id), true],
  ['a redirect', keystone, reply(308, '', { location: 'https://x/' }), true],
  ['a proxy without a server', keystone, reply(503, page), false],
  ['a gateway time-out', nova, reply(504, ''), false],
  ['the rate limit of a proxy', keystone, reply(429, page), false],
  ['the size limit of a proxy', nova, reply(413, page), false],
  ['a slow client', nova, reply(408, page), false],
  ['a 404 of Nova', nova, reply(404, '{"itemNotFound":{"code":404,"message":"Gone."}}'), false],
  ['a 404 of Nova without its JSON', nova, reply(404, '', id), false],
  ['a 404 of a web server', nova, reply(404, page), true],
  ['a 404 of a gateway', nova, reply(404, '{"message":"no Route matched"}'), true],
  ['a 401 of the token check', nova, reply(401, unauthorized), false],
  ['a login page', nova, reply(401, page), true],
  ['a success, whose body is judged where it is read', nova, reply(200, page), false],
  ['a page of Glance', glance, reply(403, page, id), false],
  ['JSON of Glance', glance, reply(404, webob), false],
  ['API-SIG', nova, reply(400, '{"errors":[{"title":"Bad"}]}'), false],
])('isForeign of %s', (_what, service, response, expected) => {
  expect(isForeign(service, response)).toBe(expected);
});

test.each([
  [reply(200, page), 'the web page "Log in - Horizon" (200).'],
  [reply(403, '<p>No</p>'), 'a web page (403).'],
  [reply(201, ''), 'an empty response (201).'],
  [reply(404, '{"message":"no Route"}'), 'unexpected JSON (404).'],
  [reply(200, '{"token":{"met'), 'damaged JSON (200).'],
  [reply(400, 'No.'), 'text that is not JSON (400).'],
  [
    reply(302, page, { location: '/login?next=hunter2' }),
    'a redirect to https://cloud:5000/login.',
  ],
  [reply(302, '', { location: 'https://sso/hunter2' }), 'a redirect to https://sso/***.'],
  [reply(302, page), 'the web page "Log in - Horizon" (302).'],
  [reply(200, '<title>\u001b[31mhunter2\u202e</title>'), 'the web page "[31m***" (200).'],
])('the error for %j', (response, expected) => {
  const error = foreignReply(keystone, response, ['hunter2']);
  expect(error.message).toBe(
    `The answer from https://cloud:5000/v3 is not what Keystone sends: ${expected}`,
  );
  expect(error).toMatchObject({ code: 'SERVICE_ERROR', exit: 9 });
  expect(error.hint).toContain('openstack.auth_url');
});

const check = "check that openstack.auth_url is Keystone's address, such as https://HOST:5000/v3";
test.each([
  ['http://cloud:5000/v3', 'https://cloud:5000/v3/auth/tokens', 'https://cloud:5000/v3'],
  ['https://cloud/v3', '/identity/v3/auth/tokens', 'https://cloud/identity/v3'],
  ['https://cloud/v3', 'https://elsewhere/v3/auth/tokens', undefined],
  ['https://cloud/v3', 'https://cloud/login', undefined],
  ['https://cloud/v3', 'https://cloud/v3/auth/tokens/', undefined],
  ['https://cloud:5000/v3/auth/tokens/v3', undefined, 'https://cloud:5000/v3'],
  ['https://cloud/identity/v3/auth/projects/v3', undefined, 'https://cloud/identity/v3'],
  ['https://cloud/dashboard/v3', undefined, undefined],
])('the hint for %s that redirects to %s', (baseUrl, location, better) => {
  const headers = location === undefined ? undefined : { location };
  const { hint } = foreignReply({ name: 'Keystone', baseUrl }, reply(302, '', headers), []);
  if (better === undefined) expect(hint).toContain(check);
  else expect(hint).toBe(`nubes-nb config set openstack.auth_url ${better}`);
});

test.each([400, 401, 403, 404, 409])(
  'a page with the status %s is no refusal of the service',
  (status) => {
    const nova = { name: 'Nova', baseUrl: 'http://127.0.0.1:8774/v2.1' };
    const error = foreignReply(nova, reply(status, '<h1>Blocked</h1>'), []);
    expect(error).toMatchObject({ status: 0, isForeign: true, code: 'SERVICE_ERROR' });
    expect(error.message).toContain(`(${status})`);
  },
);

test('the Location of a success is no redirect', () => {
  const { message } = foreignReply(nova, reply(201, page, { location: 'https://x/' }), []);
  expect(message).toContain('the web page "Log in - Horizon" (201)');
});
