import { expect, test } from 'vitest';
import { type ErrorCode, NubesError } from '../../../src/errors.ts';
import { openCircuitBreaker } from '../../../src/notebooks/batch/circuit-breaker.ts';
import { ApiError } from '../../../src/openstack/errors.ts';

const forbidden = new ApiError({ service: 'Nova', status: 403 });
const wrapped = new NubesError('NOT_ALLOWED', 'No.', { cause: forbidden });

/** `ok` is a success; `403` a refusal by a service, `wrapped` the same in our own words. */
function errorOf(word: string): NubesError | null {
  if (word === 'ok') return null;
  if (word === '403') return forbidden;
  if (word === 'wrapped') return wrapped;
  return new NubesError(word as ErrorCode, 'Failed.');
}

test.each`
  ends                                                 | maxFailures | opensAfter
  ${'SERVICE_ERROR SERVICE_ERROR'}                     | ${2}        | ${2}
  ${'SERVICE_ERROR SERVICE_ERROR SERVICE_ERROR'}       | ${3}        | ${3}
  ${'SERVICE_ERROR ok SERVICE_ERROR'}                  | ${2}        | ${'never'}
  ${'SERVICE_ERROR UNREACHABLE SERVICE_ERROR'}         | ${2}        | ${'never'}
  ${'SERVICE_ERROR NOT_FOUND SERVICE_ERROR'}           | ${2}        | ${3}
  ${'SERVICE_ERROR NAME_TAKEN CONFLICT SERVICE_ERROR'} | ${2}        | ${4}
  ${'QUOTA_EXCEEDED'}                                  | ${1}        | ${1}
  ${'NOT_FOUND NOT_FOUND NOT_FOUND'}                   | ${1}        | ${'never'}
  ${'WRONG_STATE USAGE NAME_TAKEN CONFLICT'}           | ${1}        | ${'never'}
  ${'NOT_ALLOWED NOT_ALLOWED'}                         | ${1}        | ${'never'}
  ${'403 403'}                                         | ${2}        | ${2}
  ${'wrapped 403'}                                     | ${2}        | ${2}
  ${'SESSION_EXPIRED'}                                 | ${5}        | ${1}
  ${'NOT_LOGGED_IN'}                                   | ${5}        | ${1}
  ${'TLS_UNTRUSTED'}                                   | ${5}        | ${1}
  ${'ok SESSION_EXPIRED'}                              | ${5}        | ${2}
  ${'SERVICE_ERROR SERVICE_ERROR ok ok'}               | ${2}        | ${2}
`(
  'after "$ends" with --max-failures $maxFailures the breaker opens after $opensAfter',
  ({ ends, maxFailures, opensAfter }) => {
    const breaker = openCircuitBreaker(maxFailures);
    const states = (ends as string).split(' ').map((word) => {
      breaker.record(errorOf(word));
      return breaker.reason() !== undefined;
    });
    const first = states.indexOf(true);
    expect(first === -1 ? 'never' : first + 1).toBe(opensAfter);
    // Once open, it stays open.
    expect(states.slice(first === -1 ? states.length : first)).not.toContain(false);
  },
);
