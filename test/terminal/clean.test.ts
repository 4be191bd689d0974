import { expect, test } from 'vitest';
import { clean, cleanColoured, cleanData, cleanText } from '../../src/terminal/clean.ts';
import { paletteFor } from '../../src/terminal/palette.ts';
import { helpWorld } from '../support/help-world.ts';

test.each([
  ['\u001b[31mred\u001b[0m', 'red'],
  ['a\u001b]8;;http://evil\u0007link\u001b]8;;\u0007', 'alink'],
  ['a\u001b]0;title\u001b\\b', 'ab'],
  ['one\r\ntwo\tthree\u2028four', 'one two three four'],
  ['bell\u0007 null\u0000 del\u007f c1\u0085\u009b2Jend', 'bell null del c1 end'],
  ['abc\u202edcba\u2066', 'abcdcba'],
  ['a\u2060b\u2063c\u206ad\ufff9e', 'abcde'],
  ['naïve 日本語 👩‍🔬', 'naïve 日本語 👩‍🔬'],
  ['\u001b', ''],
])('clean turns %j into %j', (hostile, harmless) => {
  expect(clean(hostile)).toBe(harmless);
});

test.each([
  ['one\r\nURL  forged', 'one URL  forged\n'],
  [['one', '\ttwo\u001b[2J\nthree\u0008'], 'one\n\ttwo three\n'],
  [['one', '', 'two'], 'one\n\ntwo\n'],
  ['', ''],
  [[], ''],
  [['a\u000bb\u000cc\u2029d'], 'a b c d\n'],
])('cleanText prints %j as %j: line breaks only between lines', (text, printed) => {
  expect(cleanText(text, false)).toBe(printed);
});

test('cleaned text has a bounded length and ends between characters', () => {
  expect(clean('a'.repeat(5_000))).toBe(`${'a'.repeat(3_999)}…`);
  expect(clean('😀'.repeat(5_000))).toMatch(/^(😀)+…$/u);
  expect(cleanText(['a'.repeat(1_000_000)], false).length).toBeLessThanOrEqual(65_537);
});

test('cleanData cleans the texts in plain data, keys as well, and leaves the rest', () => {
  const at = new Date();
  const data = { 'k\ney': ['a\u001b[31mb', 1, null, at] };
  expect(cleanData(data)).toEqual({ 'k ey': ['ab', 1, null, at] });
});

test('cleanColoured keeps every style of the palette', () => {
  const { world } = helpWorld();
  const environment = { FORCE_COLOR: '1' };
  const palette = paletteFor(world.stdout, { ...world, environment }, {});
  for (const [name, style] of Object.entries(palette)) {
    expect([name, cleanColoured(style('text'), true)]).toEqual([name, style('text')]);
    expect(style('text')).not.toBe('text');
  }
});

test("cleanColoured keeps the palette's colours, and only if colour is on", () => {
  const text = '\u001b[31mred\u001b[39m\u001b[8mhidden\u001b[2J';
  expect(cleanColoured(text, true)).toBe('\u001b[31mred\u001b[39mhidden');
  expect(cleanColoured(text, false)).toBe('redhidden');
});
