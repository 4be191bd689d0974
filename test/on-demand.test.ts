import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { namedLibrariesIn, readImports } from './support/imports.ts';

// The bundle gives a CommonJS package that is loaded on demand a default only, whatever Node does.
test('a CommonJS package that is loaded on demand is taken by its default', () => {
  const named = (_file: string, text: string) => namedLibrariesIn(text);
  const isCommonJs = (library: string) => {
    const [name = ''] = /^(@[^/]+\/)?[^/]+/.exec(library) ?? [];
    const { type, exports } = JSON.parse(
      readFileSync(path.join('node_modules', name, 'package.json'), 'utf8'),
    );
    return type !== 'module' && !JSON.stringify(exports ?? '').includes('"import"');
  };
  const taken = [...readImports(path.resolve('src'), named).values()].flat();
  expect(taken).not.toEqual([]);
  expect(taken.filter(isCommonJs)).toEqual([]);
});

test.each([
  ["const { parse } = await import('cjs');", ['cjs']],
  ["const {\n  default: whole,\n  parse,\n} = await import('cjs');", ['cjs']],
  ["const parse = (await import('cjs')).parse;", ['cjs']],
  ["import('cjs').then(({ parse }) => parse());", ['cjs']],
  ["import('cjs').then((cjs) => cjs.parse());", ['cjs']],
  ["const cjs = await import('cjs');", ['cjs']],
  ["const [{ a }, { parse }] = await Promise.all([import('./a.ts'), import('cjs')]);", ['cjs']],
  ["const { default: whole } = await import('cjs');", []],
  ["const whole = (await import('cjs')).default;", []],
  [
    "const [{ a }, { default: whole }] = await Promise.all([\n  import('./a.ts'),\n  import('cjs'),\n]);",
    [],
  ],
  ["let whole: typeof import('cjs');", []],
  ["const { readFile } = await import('node:fs/promises');", []],
])('whether %s takes names of a library that is loaded on demand', (text, names) => {
  expect(namedLibrariesIn(text)).toEqual(names);
});
