import { expect, test } from 'vitest';
import { proxyFor } from '../../../src/openstack/http/proxy.ts';

const proxies = {
  HTTPS_PROXY: 'http://proxy.example.org:3128',
  HTTP_PROXY: 'http://proxy.example.org:3128',
};

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
  ['https://cloud.example.org.:8774/x', 'example.org', false],
  ['https://cloud.example.org:8774/x', 'example.org.', false],
  ['https://cloud.example.org:8774/x', '.cloud.example.org', false],
  ['https://cloud.example.org:8774/x', ' , ,', true],
  ['https://cloud.example.org:8774/x', 'a.org b.org\texample.org', false],
  ['https://cloud.example.org/x', 'cloud.example.org:443', false],
  ['http://cloud.example.org/x', 'cloud.example.org:80', false],
  ['https://10.1.2.3/x', '10.0.0.0/8', false],
  ['https://10.1.2.3/x', '10.1.2.3', false],
  ['https://10.1.2.3/x', '10.1.2.3:443', false],
  ['https://10.1.2.3/x', '10.1.2.3:80', true],
  ['https://10.1.2.3/x', '10.2.0.0/16, 192.168.0.0/16', true],
  ['https://10.1.2.3/x', '10.0.0.0/33', true],
  ['https://10.1.2.3/x', '10.0.0.0/x', true],
  ['https://10.1.2.3/x', '2.3', true],
  ['https://10.example.org/x', '10.0.0.0/8', true],
  ['https://[2001:db8::1]/x', '2001:db8::1', false],
  ['https://[2001:db8::1]/x', '2001:DB8:0::1', false],
  ['https://[2001:db8::1]/x', '[2001:db8::1]', false],
  ['https://[2001:db8::1]/x', '[2001:db8::1]:443', false],
  ['https://[2001:db8::1]/x', '[2001:db8::1]:444', true],
  ['https://[2001:db8::1]/x', '2001:db8::/32', false],
  ['https://[2001:db8::1]/x', '2001:db9::/32', true],
  ['https://[2001:db8::1]/x', '10.0.0.0/0', true],
  ['https://localhost:8774/x', undefined, false],
  ['https://127.0.0.1:8774/x', undefined, false],
  ['https://[::1]:8774/x', undefined, false],
])('proxyFor %s with NO_PROXY=%s uses the proxy: %s', (url, list, proxied) => {
  const environment = list === undefined ? proxies : { ...proxies, NO_PROXY: list };
  expect(proxyFor(new URL(url), environment)?.host).toBe(
    proxied ? 'proxy.example.org:3128' : undefined,
  );
});

const https = 'https://cloud.example.org/';
const http = 'http://cloud.example.org/';
test.each([
  [https, {}, undefined],
  [https, { ...proxies, https_proxy: 'low:1' }, 'http://low:1/'],
  [https, { ...proxies, https_proxy: '' }, undefined],
  [https, { https_proxy: '', ALL_PROXY: 'all:2' }, 'http://all:2/'],
  [https, { ALL_PROXY: 'http://all:2' }, 'http://all:2/'],
  [https, { all_proxy: 'all:2', ALL_PROXY: 'x:3' }, 'http://all:2/'],
  [https, { HTTP_PROXY: 'http://plain:3' }, undefined],
  [https, { HTTPS_PROXY: ' https://tls:4 ' }, 'https://tls:4/'],
  [https, { HTTPS_PROXY: 'HTTP://PROXY.example.org:1/' }, 'http://proxy.example.org:1/'],
  [https, { HTTPS_PROXY: 'proxy.example.org' }, 'http://proxy.example.org/'],
  [https, { HTTPS_PROXY: '10.0.0.1:3128' }, 'http://10.0.0.1:3128/'],
  [https, { HTTPS_PROXY: '[2001:db8::1]:3128' }, 'http://[2001:db8::1]:3128/'],
  [https, { HTTPS_PROXY: 'me:secret@proxy:3128' }, 'http://me:secret@proxy:3128/'],
  [https, { HTTPS_PROXY: 'http://me:p@ss@proxy:1' }, 'http://me:p%40ss@proxy:1/'],
  [https, { HTTPS_PROXY: 'http://me:p%ss@proxy:1' }, 'http://me:p%25ss@proxy:1/'],
  [https, { HTTPS_PROXY: 'http://me:p%25ss@proxy:1' }, 'http://me:p%25ss@proxy:1/'],
  [https, { HTTPS_PROXY: 'http://me:p@%s@proxy:1' }, 'http://me:p%40%25s@proxy:1/'],
  [https, { HTTPS_PROXY: 'http://EXAMPLE\\me:p\\w@proxy:1' }, 'http://EXAMPLE%5Cme:p%5Cw@proxy:1/'],
  [https, { HTTPS_PROXY: 'EXAMPLE%5Cme:p:w@proxy:1' }, 'http://EXAMPLE%5Cme:p%3Aw@proxy:1/'],
  [http, { HTTP_PROXY: 'plain:3' }, 'http://plain:3/'],
  [http, { http_proxy: 'plain:3', HTTP_PROXY: 'x:1' }, 'http://plain:3/'],
  [http, { HTTP_PROXY: 'plain:3', REQUEST_METHOD: 'GET' }, undefined],
  [http, { http_proxy: 'plain:3', REQUEST_METHOD: 'GET' }, 'http://plain:3/'],
  [http, { HTTPS_PROXY: 'tls:4' }, undefined],
])('the proxy of %s with %j is %s', (url, environment, expected) => {
  expect(proxyFor(new URL(url), environment)?.href).toBe(expected);
});

test.each([
  [{ HTTPS_PROXY: 'socks5://me:secret@127.0.0.1:1080' }, 'HTTPS_PROXY is a SOCKS proxy, which is'],
  [{ all_proxy: 'socks5h://127.0.0.1:1080' }, 'all_proxy is a SOCKS proxy, which is'],
  [{ ALL_PROXY: 'SOCKS4a://127.0.0.1' }, 'ALL_PROXY is a SOCKS proxy, which is'],
  [{ https_proxy: 'http://' }, 'https_proxy is not the URL of an HTTP proxy.'],
  [{ https_proxy: 'http://me:secret#x@proxy:1' }, 'https_proxy is not the URL of an HTTP proxy.'],
  [{ https_proxy: 'ftp://me:secret@proxy' }, 'https_proxy is not the URL of an HTTP proxy.'],
  [{ https_proxy: 'proxy:99999' }, 'https_proxy is not the URL of an HTTP proxy.'],
])('proxyFor refuses %j without quoting it', (environment, words) => {
  const find = () => proxyFor(new URL(https), environment);
  expect(find).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
  expect(find).toThrow(words);
  expect(find).not.toThrow('secret');
});

test('an unusable proxy is no error for a host that NO_PROXY excludes', () => {
  const environment = { all_proxy: 'socks5://127.0.0.1:1080', no_proxy: 'example.org' };
  expect(proxyFor(new URL(https), environment)).toBeUndefined();
});
