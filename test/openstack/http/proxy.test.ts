import { expect, test } from 'vitest';
import { proxyFor } from '../../../src/openstack/http/proxy.ts';

const proxies = { HTTPS_PROXY: 'http://proxy.example.org:3128' };

test.each([
  ['https://cloud.example.org:8774/x', undefined, true],
  ['https://cloud.example.org:8774/x', '', true],
  ['https://cloud.example.org:8774/x', '*', false],
  ['https://cloud.example.org:8774/x', 'cloud.example.org', false],
  ['https://cloud.example.org:8774/x', 'other.org, .example.org', false],
  ['https://cloud.example.org:8774/x', '*.example.org', false],
  ['https://cloud.example.org:8774/x', 'EXAMPLE.org', false],
  ['https://cloud.example.org:8774/x', 'cloud.example.org:8774', false],
  ['https://cloud.example.org:8774/x', 'cloud.example.org:443', true],
  ['https://notexample.org/x', 'example.org', true],
  ['https://localhost:8774/x', undefined, false],
  ['https://127.0.0.1:8774/x', undefined, false],
  ['https://[::1]:8774/x', undefined, false],
])('proxyFor %s with NO_PROXY=%s uses the proxy: %s', (url, list, proxied) => {
  const environment = list === undefined ? proxies : { ...proxies, NO_PROXY: list };
  expect(proxyFor(new URL(url), environment)?.host).toBe(
    proxied ? 'proxy.example.org:3128' : undefined,
  );
});

test('proxyFor prefers lower case, adds http:// and falls back to ALL_PROXY', () => {
  const url = new URL('https://cloud.example.org/');
  expect(proxyFor(url, { ...proxies, https_proxy: 'low:1' })?.href).toBe('http://low:1/');
  expect(proxyFor(url, { ALL_PROXY: 'http://all:2' })?.host).toBe('all:2');
  expect(proxyFor(url, { HTTP_PROXY: 'http://plain:3' })).toBeUndefined();
  expect(proxyFor(url, {})).toBeUndefined();
});

test.each(['socks5://127.0.0.1:1080', 'http://'])('proxyFor refuses the proxy %s', (value) => {
  expect(() => proxyFor(new URL('https://x.example.org'), { HTTPS_PROXY: value })).toThrow(
    expect.objectContaining({ code: 'CONFIGURATION' }),
  );
});
