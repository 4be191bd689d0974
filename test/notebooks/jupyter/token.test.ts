import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  digestMark,
  jupyterToken,
  tokenDigest,
  tokenOf,
} from '../../../src/notebooks/jupyter/token.ts';
import { serverWith } from '../../support/server.ts';

const secret = Buffer.alloc(32, 1);
const token = jupyterToken(secret, 'request-1');

test('jupyterToken is the same for one secret and request, and 32 hex digits', () => {
  expect(jupyterToken(secret, 'request-1')).toBe(token);
  expect(token).toMatch(/^[0-9a-f]{32}$/);
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

const longToken = createHmac('sha256', secret).update('jupyter-token:request-1').digest('hex');

test.each([
  ['32 digits', digestMark(token), token],
  ['the 64 digits of earlier versions', digestMark(longToken), longToken],
  ['a token of another login', digestMark('other'), undefined],
  ['no mark', undefined, undefined],
])('tokenOf finds the token of a notebook with %s', (_, mark, found) => {
  const metadata = {
    'nubes-nb:request': 'request-1',
    ...(mark === undefined ? {} : { 'nubes-nb:token': mark }),
  };
  expect(tokenOf(secret, serverWith({ metadata }))).toBe(found);
});
