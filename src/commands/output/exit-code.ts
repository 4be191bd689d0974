import type { App } from '../../app.ts';
import { interruption } from '../../errors.ts';
import type { RemoteExit } from '../../notebooks/connect/exec.ts';
import type { Report } from '../../terminal/report.ts';
import type { World } from '../../world.ts';

/** A report for a command that has printed everything already. */
export function alreadyPrinted(exitCode: number): Report {
  return { data: null, names: [], alreadyPrinted: true, exitCode };
}

/**
 * Passes the remote program's exit code through; a failure of ssh itself (255) is explained first. stdout is the
 * program's alone, also with --json: `exec NAME --json -- cat a.ipynb` stays JSON.
 */
export async function remoteReport(
  { terminal }: App,
  { exitCode, failure }: RemoteExit,
): Promise<Report> {
  if (failure !== undefined) {
    const { printError } = await import('../../terminal/print-error.ts');
    await printError(failure, terminal);
  }
  return alreadyPrinted(exitCode);
}

/** The exit code of a command that only a signal ends, as it ended. */
export function signalExit({ interrupted }: World): number {
  return interruption(interrupted).exit;
}
