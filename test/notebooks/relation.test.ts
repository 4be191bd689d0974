import { expect, test } from 'vitest';
import { ownerTag, relationTo } from '../../src/notebooks/identity.ts';
import { serverWith } from '../support/server.ts';

const alice = { id: 'alice-id', name: 'alice' };
const tags = ['nubes-nb', 'nubes-nb.u=alice', 'nubes-nb.n=a'];

test.each([
  ['as it was created', {}, 'mine'],
  ['with more tags', { tags: [...tags, 'course'] }, 'mine'],
  ['with the user id of another user', { userId: 'bob-id' }, 'stranger'],
  ['with no user id', { userId: '' }, 'stranger'],
  ['with no tags', { tags: [] }, 'tampered'],
  ['without the tag nubes-nb', { tags: tags.slice(1) }, 'tampered'],
  ["without the owner's tag", { tags: ['nubes-nb', 'nubes-nb.n=a'] }, 'tampered'],
  [
    "with another owner's tag",
    { tags: ['nubes-nb', 'nubes-nb.u=bob', 'nubes-nb.n=a'] },
    'tampered',
  ],
  ["without the name's tag", { tags: tags.slice(0, 2) }, 'tampered'],
  ['with the tag of another name', { tags: [...tags.slice(0, 2), 'nubes-nb.n=b'] }, 'tampered'],
  ['with another name in its metadata', { metadata: { 'nubes-nb:notebook': 'b' } }, 'tampered'],
  ['with another user in its metadata', { metadata: { 'nubes-nb:user': 'bob' } }, 'tampered'],
] as const)('a server %s is %s', (_what, differences, relation) => {
  const { metadata, ...facts } = serverWith(differences);
  expect(relationTo(alice, { ...facts, metadata })).toBe(relation);
});

test.each([
  ['alice', 'nubes-nb.u=alice'],
  ['a'.repeat(49), `nubes-nb.u=${'a'.repeat(49)}`],
])('the tag of the user %s is %s', (user, tag) => {
  expect(ownerTag(user)).toBe(tag);
});

test.each(['a'.repeat(50), 'a/b', 'a,b'])(
  'the tag of the user %s is a digest, as Nova would refuse the name',
  (user) => {
    expect(ownerTag(user)).toMatch(/^nubes-nb\.u=[0-9a-f]{40}$/);
    expect(ownerTag(user).length).toBeLessThanOrEqual(60);
  },
);
