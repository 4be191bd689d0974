import { expect, test } from 'vitest';
import { clean, cleanColoured, cleanLines } from '../../src/terminal/clean.ts';

test.each([
  ['\u001b[31mred\u001b[0m', 'red'],
  ['a\u001b]8;;http://evil\u0007link\u001b]8;;\u0007', 'alink'],
  ['a\u001b]0;title\u001b\\b', 'ab'],
  ['one\r\ntwo\tthree\u2028four', 'one two three four'],
  ['bell\u0007 null\u0000 del\u007f c1\u0085\u009b2Jend', 'bell null del c1 end'],
  ['abc\u202edcba\u2066', 'abcdcba'],
  ['naïve 日本語 👩‍🔬', 'naïve 日本語 👩‍🔬'],
  ['\u001b', ''],
])('clean turns %j into %j', (hostile, harmless) => {
  expect(clean(hostile)).toBe(harmless);
});

test('cleanLines keeps line breaks and tabs and no other control characters', () => {
  expect(cleanLines('one\r\n\ttwo\u001b[2J\nthree\u0008')).toBe('one\n\ttwo\nthree');
});

test("cleanColoured keeps the palette's colours, and only if colour is on", () => {
  const text = '\u001b[31mred\u001b[39m\u001b[8mhidden\u001b[2J';
  expect(cleanColoured(text, true)).toBe('\u001b[31mred\u001b[39mhidden');
  expect(cleanColoured(text, false)).toBe('redhidden');
});
