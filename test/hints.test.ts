import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const hints = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) => {
    const text = readFileSync(join('src', name), 'utf8');
    return [...text.matchAll(/\bhint: (['"`])((?:(?!\1).)*)\1/g)].map(([, , hint = '']) => hint);
  });

test('a hint starts in lower case, and ends with a full stop only after several sentences', () => {
  expect(hints.length).toBeGreaterThan(100);
  const shouting = hints.filter((hint) => /^[A-Z][a-z ]/.test(hint));
  const stopped = hints.filter((hint) => hint.endsWith('.') && !/[.?!] [A-Z]/.test(hint));
  expect([...shouting, ...stopped]).toEqual([]);
});
