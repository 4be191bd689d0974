import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join('src', name), 'utf8'));

// A terminal's theme chooses what these look like, so they can be read on light and on dark backgrounds. White and
// bright colours vanish on one of them, and so does the usual colour of the text as a background; yellow and cyan are
// hard to read on a white one.
const styles = ['bold', 'dim', 'green', 'magenta', 'red'];
const codes = ['1', '2', '22', '31', '32', '35', '39'];

test('the palette has no white, no bright colour, no background and no colour of its own', () => {
  const used = files.flatMap((text) =>
    [...text.matchAll(/\bchalk\.(\w+)/g)].map(([, style]) => style),
  );
  expect([...new Set(used)].sort()).toEqual(styles);
});

test('the bundle, which has styles in the place of chalk, has those of the palette', () => {
  const bundled = /export default \{ (.+) \};/.exec(
    readFileSync('scripts/unused.mjs', 'utf8'),
  )?.[1];
  expect(bundled?.split(', ').sort()).toEqual(styles);
});

test('no escape sequence has another colour', () => {
  const written = files.flatMap((text) =>
    [...text.matchAll(/(?:\\u001b|\\x1b)\\?\[\(?(?:\?:)?([\d;|]+)\)?m/g)].flatMap(
      ([, numbers = '']) => numbers.split(/[;|]/),
    ),
  );
  expect(written).toContain('31');
  expect(written.filter((code) => !codes.includes(code))).toEqual([]);
});
