import { expect, test } from 'vitest';
import {
  clean,
  commonName,
  escapeDnValue,
  escapeFilterValue,
  normalizeDn,
} from '../../src/directory/text.ts';

test.each([
  ['no change', 'no change'],
  ['  a\r\n\tb  ', 'a b'],
  ['\u001b[31mred\u009b', '[31mred'],
  ['a\u202eb\u2028c', 'a b c'],
  ['y'.repeat(201), 'y'.repeat(200)],
])('clean(%j)', (text, expected) => {
  expect(clean(text)).toBe(expected);
});

test.each([
  ['alice', 'alice'],
  ['a,ou=x', 'a\\,ou\\=x'],
  ['a\\+"<>;#', 'a\\\\\\+\\"\\<\\>\\;\\#'],
  [' a b ', '\\20a b\\20'],
  ['a\nb', 'a\\0ab'],
])('escapeDnValue(%j) is %j', (value, expected) => {
  expect(escapeDnValue(value)).toBe(expected);
});

test.each([
  ['alice', 'alice'],
  ['*)(uid=*', '\\2a\\29\\28uid=\\2a'],
  ['a\\b\u0000', 'a\\5cb\\00'],
])('escapeFilterValue(%j) is %j', (value, expected) => {
  expect(escapeFilterValue(value)).toBe(expected);
});

test.each([
  ['CN=A, OU=Groups , dc = lab', 'cn=a,ou=groups,dc=lab'],
  ['uid=a + cn=b,dc=lab', 'uid=a+cn=b,dc=lab'],
])('normalizeDn(%j) is %j', (dn, expected) => {
  expect(normalizeDn(dn)).toBe(expected);
});

test.each([
  ['cn=Notebooks,ou=groups,dc=lab', 'notebooks'],
  ['CN=My Group ,dc=lab', 'my group'],
  ['cn=a\\,b,dc=lab', 'a\\,b'],
  ['ou=groups,dc=lab', undefined],
  ['notebooks', undefined],
])('commonName(%j) is %j', (dn, expected) => {
  expect(commonName(dn)).toBe(expected);
});
