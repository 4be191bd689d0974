import { expect, test } from 'vitest';
import { pictureOf } from '../scripts/terminal-picture.ts';

test('a picture of a terminal has its text, its colours, and none of its markup', () => {
  const rows = [
    [{ text: '$ nubes-nb ls <&>', style: '' }],
    [],
    [
      { text: 'error:', style: 'red bold' },
      { text: ' no', style: '' },
    ],
  ];
  const svg = pictureOf({ title: 'A <session> & more', rows });
  expect(svg).toContain('<title id="title">A &lt;session&gt; &amp; more</title>');
  expect(svg).toContain('>$ nubes-nb ls &lt;&amp;&gt;</text>');
  expect(svg).toContain('y="65" textLength="75.6"');
  expect(svg).toContain('<tspan class="red bold">error:</tspan> no</text>');
});
