import { NubesError } from '../../errors.ts';
import type { ItemReport } from '../../terminal/report.ts';
import type { Terminal } from '../../terminal/terminal.ts';

/** Prints results one after the other while the batch continues. */
export interface ItemWriter {
  readonly print: (item: ItemReport) => void;
  /** Resolves when everything is printed, to the first error of the output. */
  readonly ended: () => Promise<NubesError | undefined>;
}

/** A line that cannot be written stops neither the batch nor later lines. */
export function openItemWriter(terminal: Pick<Terminal, 'printItem'>): ItemWriter {
  let firstError: NubesError | undefined;
  let printing = Promise.resolve();
  const keep = (error: unknown) => {
    if (!(error instanceof NubesError)) throw error;
    firstError ??= error;
  };
  return {
    print: (item) => {
      printing = printing.then(() => terminal.printItem(item).catch(keep));
      // `ended` throws it.
      printing.catch(() => {});
    },
    ended: async () => {
      await printing;
      return firstError;
    },
  };
}

/** Everything is done, but the user did not get all results. */
export function outputLost(summary: string, { code, message }: NubesError): NubesError {
  return new NubesError(code, `${summary}, but not all results were printed. ${message}`, {
    hint: 'nubes-nb ls -o ndjson lists the notebooks; free some disk space or redirect the output',
  });
}
