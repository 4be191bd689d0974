import { expect, test } from 'vitest';
import { batchError } from '../../../src/commands/output/batch-result.ts';
import { type ErrorCode, NubesError } from '../../../src/errors.ts';
import type { BatchResult } from '../../../src/notebooks/batch/result.ts';
import { NoSuchNotebook } from '../../../src/notebooks/errors.ts';

/** `a, b NOT_FOUND, c -SERVICE_ERROR`: done, failed with a code, skipped with a code. */
function resultsOf(text: string): BatchResult[] {
  return text.split(', ').map((part) => {
    const [name = '', word] = part.split(' ');
    const code = word?.replace('-', '');
    const result = word === undefined ? 'created' : word === code ? 'failed' : 'skipped';
    const error =
      code === undefined
        ? null
        : code === 'NoSuchNotebook'
          ? new NoSuchNotebook(name, `${name}0`)
          : new NubesError(code as ErrorCode, `${name} did not work.`, { hint: `try ${name}` });
    return { name, result, id: null, notebook: null, url: null, durationMs: null, error };
  });
}

const many = Array.from({ length: 14 }, (_, at) => `n${at} NOT_FOUND`).join(', ');
const rerun = 'run the same command again for the rest';

test.each`
  results                                    | code               | message                                             | hint
  ${'a NOT_FOUND'}                           | ${'NOT_FOUND'}     | ${'a did not work.'}                                | ${'try a'}
  ${'a NOT_FOUND, b NOT_FOUND'}              | ${'NOT_FOUND'}     | ${'0 of 2 done: a did not work.'}                   | ${'try a'}
  ${'a CONFLICT, b WRONG_STATE'}             | ${'CONFLICT'}      | ${'0 of 2 done: a did not work.'}                   | ${'try a'}
  ${'a NOT_FOUND, b WRONG_STATE'}            | ${'PARTLY_DONE'}   | ${'0 of 2 done; failed: a; refused: b.'}            | ${rerun}
  ${'a, b NOT_FOUND'}                        | ${'PARTLY_DONE'}   | ${'1 of 2 done; failed: b.'}                        | ${rerun}
  ${'a, b -QUOTA_EXCEEDED'}                  | ${'PARTLY_DONE'}   | ${'1 of 2 done; not begun: b.'}                     | ${'try b'}
  ${'a, b NOT_ALLOWED, c NOT_ALLOWED'}       | ${'PARTLY_DONE'}   | ${'1 of 3 done; failed: b, c.'}                     | ${'b: try b\nc: try c'}
  ${'z, a USAGE, b USAGE, c USAGE, d USAGE'} | ${'PARTLY_DONE'}   | ${'1 of 5 done; failed: a, b, c, d.'}               | ${'try a'}
  ${'a, b NoSuchNotebook'}                   | ${'PARTLY_DONE'}   | ${'1 of 2 done; failed: b.'}                        | ${'did you mean b0?'}
  ${'a, b NoSuchNotebook, c NoSuchNotebook'} | ${'PARTLY_DONE'}   | ${'1 of 3 done; failed: b, c.'}                     | ${'nubes-nb ls shows the ones you have'}
  ${'a, b NoSuchNotebook, c TIMED_OUT'}      | ${'PARTLY_DONE'}   | ${'1 of 3 done; failed: b; timed out: c.'}          | ${rerun}
  ${'a, b NOT_FOUND, c LIMIT_REACHED'}       | ${'PARTLY_DONE'}   | ${'1 of 3 done; failed: b, c.'}                     | ${rerun}
  ${'a SERVICE_ERROR, b -SERVICE_ERROR'}     | ${'SERVICE_ERROR'} | ${'0 of 2 done: a did not work.'}                   | ${'try a'}
  ${'a NOT_FOUND, b -SERVICE_ERROR'}         | ${'NOT_FOUND'}     | ${'0 of 2 done: a did not work.'}                   | ${'try a'}
  ${'a, b NOT_FOUND, c -NOT_FOUND'}          | ${'PARTLY_DONE'}   | ${'1 of 3 done; failed: b; not begun: c.'}          | ${rerun}
  ${`z, ${many}`}                            | ${'PARTLY_DONE'}   | ${/^1 of 15 done; failed: n0, .*n11 and 2 more\.$/} | ${rerun}
`('the error of a batch with "$results" is $code', ({ results, code, message, hint }) => {
  const error = batchError(resultsOf(results), new AbortController().signal);
  expect(error).toMatchObject({ code, hint });
  expect(error?.message).toMatch(message);
});

test('a batch has no error if every notebook is done', () => {
  expect(batchError(resultsOf('a, b'), new AbortController().signal)).toBeUndefined();
});

test.each([
  ['SIGINT', 'INTERRUPTED'],
  ['SIGTERM', 'TERMINATED'],
])('after %s the error of a batch is %s and names what is missing', (signal, code) => {
  const controller = new AbortController();
  controller.abort(signal);
  const error = batchError(resultsOf('a, b INTERRUPTED, c -INTERRUPTED'), controller.signal);
  expect(error).toMatchObject({
    ...{ code, hint: rerun },
    message: 'Interrupted, with 1 of 3 done; interrupted: b; not begun: c.',
  });
});
