import { expect, test } from 'vitest';
import { canonicalUrl } from '../../src/session/auth-url.ts';

test.each([
  'https://keystone.example.org:5000/v3',
  'https://keystone.example.org:5000/v3/',
  'https://keystone.example.org:5000',
  'https://keystone.example.org:5000//',
  'https://Keystone.Example.org:5000/v3',
  'https://keystone.example.org:5000/v2.0',
])('%s is one cloud', (url) => {
  expect(canonicalUrl(url)).toBe('https://keystone.example.org:5000/v3');
});

test.each([
  ['https://k.example:443/identity/v3', 'https://k.example/identity/v3'],
  ['http://127.0.0.1:80', 'http://127.0.0.1/v3'],
  ['https://k.example/Identity', 'https://k.example/Identity/v3'],
])('%s is %s', (url, canonical) => {
  expect(canonicalUrl(url)).toBe(canonical);
});
