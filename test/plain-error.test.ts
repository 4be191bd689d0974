import { expect, test } from 'vitest';
import { NubesError } from '../src/errors.ts';
import { plainError } from '../src/plain-error.ts';

const error = new NubesError('CONFIGURATION', 'Nothing \u001b[1mopens.', {
  hint: 'a: x\nb: y',
  requestId: 'req-1',
});
const people = 'error: Nothing  [1mopens.\nhint: a: x\nhint: b: y\nrequest id: req-1\n';

test.each([['ls'], ['-o table ls'], ['exec x -- jq --json --debug'], ['show json -o name']])(
  'the plain error of "%s" is a line each for people',
  (words) => {
    expect(plainError(error, words.split(' '))).toBe(people);
  },
);

test.each([
  ['ls --json'],
  ['-o json ls'],
  ['ls -ondjson'],
  ['ls --output=json'],
  ['ls --output json'],
])('the plain error of "%s" is also a line of JSON', (words) => {
  const [json = '', ...rest] = plainError(error, words.split(' ')).replace(people, '').split('\n');
  expect(JSON.parse(json)).toEqual({
    error: {
      code: 'CONFIGURATION',
      exit: 11,
      message: 'Nothing \u001b[1mopens.',
      hint: 'a: x; b: y',
      requestId: 'req-1',
    },
  });
  expect(rest).toEqual(['']);
});

test('the plain error of a bug has its trace with --debug only', () => {
  const bug = new NubesError('BUG', 'Wrong.', { cause: new Error('boom') });
  expect(plainError(bug, ['ls', '--debug'])).toContain('boom');
  expect(plainError(bug, ['ls'])).not.toContain('boom');
});
