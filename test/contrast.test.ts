import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pictureOf } from '../scripts/terminal-picture.ts';

/** WCAG 2.2, level AA, for text of usual size. */
const minContrast = 4.5;

const files = ['docs/pictures', 'docs/performance'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.svg'))
    .map((name) => join(folder, name)),
);

type Rule = readonly [selector: string, colour: string];

/** The fills of a stylesheet, in its order. */
function fillsOf(css: string): readonly Rule[] {
  return [...css.matchAll(/([^{}]+)\{[^}]*?\bfill:(#[0-9a-f]{3,6})/g)].flatMap(
    ([, selectors = '', colour = '']) =>
      selectors.split(',').map((each): Rule => [each.trim(), colour]),
  );
}

/** Those on a light page, and those on a dark one, where what is not repeated stays. */
function pagesOf(svg: string): { readonly light: readonly Rule[]; readonly dark: readonly Rule[] } {
  const [, css = ''] = /<style>(.*?)<\/style>/s.exec(svg) ?? [];
  const [light = '', dark = ''] = css.split('@media(prefers-color-scheme:dark)');
  const rules = fillsOf(light);
  return { light: rules, dark: [...new Map([...rules, ...fillsOf(dark.slice(1))])] };
}

const isPage = (selector: string) => selector === 'rect' || selector === '.page';

/** `.red 3.9`: each selector whose colour is too weak on the page. */
function weakIn(rules: readonly Rule[]): readonly string[] {
  const page = rules.find(([selector]) => isPage(selector))?.[1] ?? '';
  return rules
    .filter(([selector]) => !isPage(selector))
    .map(([selector, colour]) => [selector, contrast(colour, page)] as const)
    .filter(([, ratio]) => !(ratio >= minContrast))
    .map(([selector, ratio]) => `${selector} ${ratio.toFixed(1)}`);
}

/** The contrast ratio of WCAG: 1 to 21. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const digits = colour.length === 4 ? colour.slice(1).replace(/./g, '$&$&') : colour.slice(1);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test.each(files)('the text of %s can be read on a light and on a dark page', (file) => {
  const { light, dark } = pagesOf(readFileSync(file, 'utf8'));
  expect(light.length).toBeGreaterThan(3);
  expect(
    dark.filter(([selector, colour]) => light.every(([s, c]) => s !== selector || c !== colour)),
  ).toHaveLength(dark.length);
  expect({ light: weakIn(light), dark: weakIn(dark) }).toEqual({ light: [], dark: [] });
});

test('each style of a picture has a colour on both pages', () => {
  const { light, dark } = pagesOf(pictureOf({ title: '', rows: [] }));
  const names = light.map(([selector]) => selector);
  expect(names).toEqual(expect.arrayContaining(['text', '.dim', '.red', '.green', '.magenta']));
  expect(dark.map(([selector]) => selector)).toEqual(names);
});

test('the contrast of colours is that of WCAG', () => {
  expect(contrast('#000', '#fff')).toBeCloseTo(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(
    weakIn([
      ['rect', '#fff'],
      ['.red', '#f00'],
    ]),
  ).toEqual(['.red 4.0']);
});
