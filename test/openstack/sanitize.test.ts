import { expect, test } from 'vitest';
import { sanitize } from '../../src/openstack/sanitize.ts';

test.each([
  ['Instance is locked', 'Instance is locked'],
  ['  a \t b\r\nc  ', 'a b c'],
  ['\u001b[31mRed\u0007', '[31mRed'],
  ['a\u009b2Jb', 'a 2Jb'],
  ['a\u200bb\u202ec\u2028d', 'a b c d'],
  ['<b>bold</b> <x-y z="1">text</x-y>', 'bold text'],
  ['<style>p { color: red }</style>text', 'text'],
  ['<script>alert(1)</script >text', 'text'],
  ['<head><title>404</title></head>Gone', 'Gone'],
  ['a <!-- b --> c', 'a c'],
  ['1 < 2 > 0', '1 < 2 > 0'],
  ['&lt;x&gt; &amp; &quot;y&#39;&nbsp;z', '<x> & "y\' z'],
  ['&lt;b&gt;', '<b>'],
  ['Łódź é 数', 'Łódź é 数'],
  ['', ''],
])('sanitize(%j) is %j', (text, expected) => {
  expect(sanitize(text)).toBe(expected);
});

test.each([
  [300, 300, 'y'.repeat(300)],
  [301, 300, `${'y'.repeat(299)}…`],
  [11, 10, `${'y'.repeat(9)}…`],
])('sanitize cuts %i characters to %i', (length, maxLength, expected) => {
  expect(sanitize('y'.repeat(length), maxLength)).toBe(expected);
});

test('sanitize cuts to 300 characters by default', () => {
  expect(sanitize('y'.repeat(400))).toHaveLength(300);
});
