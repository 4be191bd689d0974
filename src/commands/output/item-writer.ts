import { NubesError } from '../../errors.ts';
import type { ItemReport } from '../../terminal/report.ts';
import type { Terminal } from '../../terminal/terminal.ts';

/** Prints items one after the other, beside the work. */
export interface ItemWriter {
  readonly print: (item: ItemReport) => void;
  /** Resolves when all are printed, to why one could not be. */
  readonly ended: () => Promise<NubesError | undefined>;
}

/** A line that cannot be written stops no work, nor the lines after it: it is told when all is done. */
export function openItemWriter(terminal: Pick<Terminal, 'printItem'>): ItemWriter {
  let unwritten: NubesError | undefined;
  let printing = Promise.resolve();
  const keep = (error: unknown) => {
    if (!(error instanceof NubesError)) throw error;
    unwritten ??= error;
  };
  return {
    print: (item) => {
      printing = printing.then(() => terminal.printItem(item).catch(keep));
      // Thrown at the end.
      printing.catch(() => {});
    },
    ended: async () => {
      await printing;
      return unwritten;
    },
  };
}

/** All is done, but whoever asked for it has not been told of each. */
export function unheard(summary: string, { code, message }: NubesError): NubesError {
  return new NubesError(code, `${summary}, but not all of it was told. ${message}`, {
    hint: 'nubes-nb ls -o ndjson tells what there is; make room, or send the output elsewhere.',
  });
}
