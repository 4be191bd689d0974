import { NubesError } from '../../src/errors.ts';

/** The error with which `work` ends; a bug is thrown, as is an error if it succeeds. */
export async function failure(work: Promise<unknown>): Promise<NubesError> {
  const error = await work.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof NubesError) return error;
  throw error;
}
