import { expect, test } from 'vitest';
import { apiErrorFrom } from '../../../src/openstack/http/errors.ts';
import { secretsIn } from '../../../src/openstack/http/secrets.ts';

test.each<[string, Record<string, string>, unknown, string[]]>([
  ['nothing', {}, undefined, []],
  ['a token', { 'X-Auth-Token': 't', Accept: 'x' }, undefined, ['t']],
  ['two tokens', { 'x-auth-token': 'a', 'X-Subject-Token': 'b' }, undefined, ['a', 'b']],
  ['a password', {}, { auth: { password: { user: { name: 'alice', password: 'p' } } } }, ['p']],
  ['a credential', {}, { application_credential: { id: 'c', secret: 's' } }, ['s']],
  ['a token in the body', {}, { identity: { token: { id: 't' } } }, ['t']],
  ['another id', {}, { project: { id: 'p1' } }, []],
  ['an admin password', {}, { server: { adminPass: 'p' } }, ['p']],
  ['a list', {}, [{ password: 'a' }, { password: ['b', 'c'] }], ['a', 'b', 'c']],
  ['empty secrets', { 'X-Auth-Token': '' }, { password: '' }, []],
])('secretsIn finds %s', (_what, headers, body, expected) => {
  expect(secretsIn(headers, body)).toEqual(expected);
});

const nova = { name: 'Nova', baseUrl: 'http://127.0.0.1:8774/v2.1' };
const textOf = (message: string, secrets: readonly string[]) => {
  const text = JSON.stringify({ badRequest: { message } });
  const request = { now: new Date(), path: '/servers', isRead: false, creates: true };
  return apiErrorFrom(nova, { status: 400, headers: {}, text }, secrets, request).detail;
};

test.each<[string, string[], string]>([
  ['no secret here', ['hunter2-long'], 'no secret here'],
  ['got hunter2-long and hunter2-long', ['hunter2-long'], 'got *** and ***'],
  ['got a\\"b-long', ['a"b-long'], 'got ***'],
  ['got a%20b-long', ['a b-long'], 'got ***'],
  [`got${' hunter2-long'.repeat(5)}`, ['hunter2-long'], `got${' ***'.repeat(5)}`],
  ['got qz7', ['qz7'], ''],
  ['got qz7qz', ['qz7qz'], ''],
  ['got qz7qz7', ['qz7qz7'], 'got ***'],
  ['got a\\"b', ['a"b'], ''],
  ['nothing short', ['qz7'], 'nothing short'],
  ['got first-secret and second-secret', ['first-secret', 'second-secret'], 'got *** and ***'],
])('apiErrorFrom redacts %j without %j to %j', (message, secrets, expected) => {
  expect(textOf(message, secrets)).toBe(expected);
});
