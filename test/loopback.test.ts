import { expect, test } from 'vitest';
import { isLoopback } from '../src/loopback.ts';

test.each([
  ['127.0.0.1', true],
  ['127.255.255.254', true],
  ['::1', true],
  ['[::1]', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['', false],
  ['0.0.0.0', false],
  ['::', false],
  ['[::2]', false],
  ['128.0.0.1', false],
  ['1.127.0.0', false],
  ['127.1', false],
  ['127.999.0.1', false],
  ['127.0.0.1.example.org', false],
  ['localhost.example.org', false],
  ['notlocalhost', false],
  ['[localhost', false],
])('isLoopback(%j) is %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
