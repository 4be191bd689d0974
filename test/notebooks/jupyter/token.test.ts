import { expect, test } from 'vitest';
import { digestMark, jupyterToken, tokenDigest } from '../../../src/notebooks/jupyter/token.ts';

const secret = Buffer.alloc(32, 1);
const token = jupyterToken(secret, 'request-1');

test('jupyterToken is the same for one secret and request, and 64 hex digits', () => {
  expect(jupyterToken(secret, 'request-1')).toBe(token);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ['another request', secret, 'request-2'],
  ['another secret', Buffer.alloc(32, 2), 'request-1'],
])('jupyterToken differs for %s', (_, rootSecret, request) => {
  expect(jupyterToken(rootSecret, request)).not.toBe(token);
});

test('tokenDigest is the SHA-256 of the token, of which digestMark is the beginning', () => {
  expect(tokenDigest('abc')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  expect(digestMark('abc')).toBe('ba7816bf8f01');
});
