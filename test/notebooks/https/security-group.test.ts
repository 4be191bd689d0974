import { expect, test } from 'vitest';
import { canonicalCidr, rulesFor } from '../../../src/notebooks/https/security-group.ts';

test.each([
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['192.0.2.7', '192.0.2.7/32'],
  ['192.0.2.7/32', '192.0.2.7/32'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:db8::1', '2001:db8::1/128'],
  ['2001:0db8:0:0::1/64', '2001:db8::/64'],
  ['::/0', '::/0'],
])('canonicalCidr of %s is %s', (cidr, canonical) => {
  expect(canonicalCidr(cidr)).toBe(canonical);
});

test('rulesFor has one rule for two spellings of a network, with its IP version', () => {
  expect(rulesFor(['10.1.2.3/8', '10.0.0.0/8', '2001:db8::/64'], 8888)).toEqual([
    { cidr: '10.0.0.0/8', port: 8888, version: 4 },
    { cidr: '2001:db8::/64', port: 8888, version: 6 },
  ]);
});
