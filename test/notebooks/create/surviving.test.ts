import { expect, test } from 'vitest';
import { surviving } from '../../../src/notebooks/create/surviving.ts';
import { serverWith } from '../../support/server.ts';

/** `A` is the oldest. After the letter: `!` in ERROR, `~` being built, `x` being deleted, `#` locked, `=` of the same request. */
function serversOf(text: string) {
  const words = text.split(' ').filter((word) => word !== '');
  return words.map((word) => {
    const id = word.charAt(0);
    return serverWith({
      id,
      created: new Date(Date.UTC(2026, 10, 1, 12, 0, id.charCodeAt(0))),
      status: word.includes('!') ? 'ERROR' : word.includes('~') ? 'BUILD' : 'ACTIVE',
      taskState: word.includes('x') ? 'deleting' : null,
      locked: word.includes('#'),
      metadata: { 'nubes-nb:request': word.includes('=') ? 'same' : id },
    });
  });
}

function journalOf(unfinished: string, reported: string, repeated = '', removed = '') {
  const stateOf = ({ id }: { readonly id: string }) => {
    if (repeated.includes(id)) return 'repeated';
    if (removed.includes(id)) return 'removed';
    if (reported.includes(id)) return 'reported';
    return unfinished.includes(id) ? 'unfinished' : 'none';
  };
  return { stateOf };
}

test.each`
  servers      | unfinished | reported | kept         | removed
  ${''}        | ${''}      | ${''}    | ${undefined} | ${''}
  ${'A'}       | ${''}      | ${''}    | ${'A'}       | ${''}
  ${'A'}       | ${'A'}     | ${''}    | ${'A'}       | ${''}
  ${'A!'}      | ${'A'}     | ${''}    | ${'A'}       | ${''}
  ${'Ax'}      | ${'A'}     | ${''}    | ${undefined} | ${''}
  ${'A B'}     | ${''}      | ${''}    | ${'A'}       | ${''}
  ${'A B'}     | ${'A'}     | ${''}    | ${'A'}       | ${''}
  ${'A B'}     | ${'B'}     | ${''}    | ${'A'}       | ${'B'}
  ${'A B'}     | ${'AB'}    | ${''}    | ${'A'}       | ${'B'}
  ${'B A'}     | ${'AB'}    | ${''}    | ${'A'}       | ${'B'}
  ${'A~ B'}    | ${'AB'}    | ${''}    | ${'A'}       | ${'B'}
  ${'A~ B~'}   | ${'B'}     | ${''}    | ${'A'}       | ${'B'}
  ${'A B#'}    | ${'B'}     | ${''}    | ${'A'}       | ${''}
  ${'A! B#'}   | ${'A'}     | ${''}    | ${'A'}       | ${''}
  ${'A! B'}    | ${'A'}     | ${''}    | ${'A'}       | ${''}
  ${'A! B'}    | ${'B'}     | ${''}    | ${'B'}       | ${''}
  ${'A! B'}    | ${''}      | ${''}    | ${'A'}       | ${''}
  ${'A! B'}    | ${'AB'}    | ${''}    | ${'B'}       | ${'A'}
  ${'A!# B'}   | ${'A'}     | ${''}    | ${'A'}       | ${''}
  ${'A B!'}    | ${'B'}     | ${''}    | ${'A'}       | ${'B'}
  ${'A! B!'}   | ${'AB'}    | ${''}    | ${'A'}       | ${'B'}
  ${'A! B!'}   | ${'A'}     | ${''}    | ${'A'}       | ${''}
  ${'A B'}     | ${''}      | ${'A'}   | ${'A'}       | ${''}
  ${'A B'}     | ${'B'}     | ${'A'}   | ${'A'}       | ${'B'}
  ${'A B'}     | ${'A'}     | ${'B'}   | ${'B'}       | ${'A'}
  ${'A B!'}    | ${'A'}     | ${'B'}   | ${'B'}       | ${'A'}
  ${'A B'}     | ${''}      | ${'B'}   | ${'B'}       | ${''}
  ${'A B'}     | ${''}      | ${'AB'}  | ${'A'}       | ${''}
  ${'A# B'}    | ${'A'}     | ${'B'}   | ${'B'}       | ${''}
  ${'Ax B'}    | ${'AB'}    | ${''}    | ${'B'}       | ${''}
  ${'Ax B'}    | ${'B'}     | ${'A'}   | ${'B'}       | ${''}
  ${'A Bx'}    | ${'B'}     | ${''}    | ${'A'}       | ${''}
  ${'A B C'}   | ${'BC'}    | ${''}    | ${'A'}       | ${'BC'}
  ${'A B C'}   | ${'C'}     | ${''}    | ${'A'}       | ${'C'}
  ${'A B C'}   | ${'AC'}    | ${'B'}   | ${'B'}       | ${'AC'}
  ${'A! B~ C'} | ${'ABC'}   | ${''}    | ${'B'}       | ${'AC'}
  ${'C! A B'}  | ${'AC'}    | ${'B'}   | ${'B'}       | ${'AC'}
`(
  'of the servers "$servers", with "$unfinished" unfinished and "$reported" reported here, $kept keeps the name and "$removed" is deleted',
  ({ servers, unfinished, reported, kept, removed }) => {
    const { keep, remove } = surviving(serversOf(servers), journalOf(unfinished, reported));
    expect(keep?.id).toBe(kept);
    expect(remove.map(({ id }) => id).join('')).toBe(removed);
  },
);

test('of two servers of the same second, the lower id keeps the name', () => {
  const created = new Date('2026-11-01T12:00:00Z');
  const servers = ['b', 'a'].map((id) => serverWith({ id, created }));
  const { keep, remove } = surviving(servers, journalOf('ab', ''));
  expect(keep?.id).toBe('a');
  expect(remove.map(({ id }) => id)).toEqual(['b']);
});

/** Every combination of two computers' servers A (of one) and B (of the other), at two moments. */
const marks = ['', '!', '~', '#'];
const lists = marks.flatMap((first) => marks.map((second) => `A${first} B${second}`));
test.each(lists.flatMap((one) => lists.map((other) => [one, other])))(
  'two computers of which one reads "%s" and the other "%s" never delete both',
  (one, other) => {
    const byFirst = surviving(serversOf(one), journalOf('A', '')).remove;
    const bySecond = surviving(serversOf(other), journalOf('B', '')).remove;
    expect([...byFirst, ...bySecond].length).toBeLessThan(2);
  },
);

test.each`
  servers      | unfinished | reported | repeated | deleted | kept         | removed
  ${'A= B='}   | ${'B'}     | ${''}    | ${'A'}   | ${''}   | ${'B'}       | ${'A'}
  ${'A= B='}   | ${''}      | ${'B'}   | ${'A'}   | ${''}   | ${'B'}       | ${'A'}
  ${'A= B='}   | ${''}      | ${'A'}   | ${'B'}   | ${''}   | ${'A'}       | ${'B'}
  ${'A= B=!'}  | ${'B'}     | ${''}    | ${'A'}   | ${''}   | ${'B'}       | ${'A'}
  ${'A=# B='}  | ${'B'}     | ${''}    | ${'A'}   | ${''}   | ${'B'}       | ${''}
  ${'A= B'}    | ${'B'}     | ${''}    | ${'A'}   | ${''}   | ${'A'}       | ${'B'}
  ${'A='}      | ${''}      | ${''}    | ${'A'}   | ${''}   | ${'A'}       | ${''}
  ${'A B= C='} | ${'B'}     | ${''}    | ${'C'}   | ${''}   | ${'A'}       | ${'BC'}
  ${'A= B='}   | ${''}      | ${''}    | ${'AB'}  | ${''}   | ${'A'}       | ${''}
  ${'A= Bx='}  | ${'B'}     | ${''}    | ${'A'}   | ${''}   | ${'A'}       | ${''}
  ${'A B'}     | ${'B'}     | ${''}    | ${''}    | ${'A'}  | ${'B'}       | ${''}
  ${'A B'}     | ${'A'}     | ${''}    | ${''}    | ${'B'}  | ${'A'}       | ${''}
  ${'A! B'}    | ${'B'}     | ${''}    | ${''}    | ${'A'}  | ${'B'}       | ${'A'}
  ${'A B!'}    | ${''}      | ${''}    | ${''}    | ${'B'}  | ${'A'}       | ${'B'}
  ${'A'}       | ${''}      | ${''}    | ${''}    | ${'A'}  | ${undefined} | ${''}
`(
  'of the servers "$servers", with "$unfinished" unfinished, "$reported" reported, "$repeated" repeated and "$deleted" deleted here, $kept keeps the name and "$removed" is deleted',
  ({ servers, unfinished, reported, repeated, deleted, kept, removed }) => {
    const journal = journalOf(unfinished, reported, repeated, deleted);
    const { keep, remove } = surviving(serversOf(servers), journal);
    expect(keep?.id).toBe(kept);
    expect(remove.map(({ id }) => id).join('')).toBe(removed);
  },
);
