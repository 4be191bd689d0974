import type { App } from '../../app.ts';
import type { RemoteExit } from '../../notebooks/connect/exec.ts';
import type { Report } from '../../terminal/report.ts';

/** Everything has been said already. */
export function silence(exitCode: number): Report {
  return { data: { exitCode }, names: [], text: () => '', exitCode };
}

/** The remote program's exit code passes through; a failure of ssh itself is told beside its 255. */
export async function remoteReport(
  { terminal }: App,
  { exitCode, failure }: RemoteExit,
): Promise<Report> {
  if (failure !== undefined) {
    const { printError } = await import('../../terminal/print-error.ts');
    await printError(failure, terminal);
  }
  return silence(exitCode);
}
