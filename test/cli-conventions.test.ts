import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { buildWholeProgram } from '../src/program.ts';
import { helpWorld } from './support/help-world.ts';

const rows = readFileSync('docs/cli-conventions.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Guideline'))
  .map((line) => line.slice(2, -2).split(' | '));

test('docs/cli-conventions.md has a row for each guideline of clig.dev, with a test that exists', () => {
  expect(rows.length).toBeGreaterThanOrEqual(96);
  expect(rows.filter((row) => row.length !== 3)).toEqual([]);
  const tests = rows.map(([, , shown = '']) => shown).filter((shown) => shown !== '–');
  expect(rows.length - tests.length).toBeLessThanOrEqual(5);
  const files = tests.map((shown) => /^`(test\/\S+\.test\.ts)`$/.exec(shown)?.[1] ?? shown);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});

test('every flag has a long form, and none has an optional value', async () => {
  const options = optionsOf(await buildWholeProgram(helpWorld().world));
  expect(options.length).toBeGreaterThan(100);
  const odd = options.filter(({ long, optional }) => !long?.startsWith('--') || optional);
  expect(odd.map(({ flags }) => flags)).toEqual([]);
});

function optionsOf({ options, commands }: Command): Command['options'] {
  return [...options, ...commands.flatMap(optionsOf)];
}
