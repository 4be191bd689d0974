import { expect, test } from 'vitest';
import { allPages } from '../../src/openstack/paging.ts';
import { failure } from './fake-service.ts';

const nova = { name: 'Nova' };

/** The markers that are requested from pages given by marker; '' is the first. */
function pagesOf(pages: Record<string, { items: string[]; next?: string }>) {
  const markers: (string | undefined)[] = [];
  const fetchPage = async (marker: string | undefined) => {
    markers.push(marker);
    const { items, next } = pages[marker ?? ''] ?? { items: [] };
    return { items, next };
  };
  return { markers, fetchPage };
}

test.each([
  ['one page', { '': { items: ['a', 'b'] } }, ['a', 'b'], [undefined]],
  [
    'three pages',
    { '': { items: ['a'], next: 'a' }, a: { items: ['b'], next: 'b' }, b: { items: ['c'] } },
    ['a', 'b', 'c'],
    [undefined, 'a', 'b'],
  ],
  ['an empty list', { '': { items: [] } }, [], [undefined]],
  ['an empty page with a marker', { '': { items: [], next: 'a' } }, [], [undefined]],
])('allPages reads %s', async (_what, pages, items, markers) => {
  const source = pagesOf(pages);
  expect(await allPages(nova, source.fetchPage)).toEqual(items);
  expect(source.markers).toEqual(markers);
});

test('allPages throws SERVICE_ERROR if a marker comes twice', async () => {
  const { markers, fetchPage } = pagesOf({
    '': { items: ['a'], next: 'a' },
    a: { items: ['a'], next: 'a' },
  });
  expect(await failure(allPages(nova, fetchPage))).toMatchObject({
    code: 'SERVICE_ERROR',
    message: 'Nova sent a list whose pages do not end.',
  });
  expect(markers).toEqual([undefined, 'a']);
});

test('allPages throws SERVICE_ERROR after 100 markers', async () => {
  let count = 0;
  const endless = async () => {
    count += 1;
    return { items: [count], next: String(count) };
  };
  expect(await failure(allPages(nova, endless))).toMatchObject({ code: 'SERVICE_ERROR' });
  expect(count).toBe(101);
});
