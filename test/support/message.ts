import { NubesError } from '../../src/errors.ts';

/** The message of the error that `work` throws, and its hint, as the program prints them. */
export function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof NubesError)) throw error;
    return error.hint === undefined ? error.message : `${error.message}\nhint: ${error.hint}`;
  }
  return '';
}
