import type { Context } from '../../app.ts';
import type { RemoteEnd } from '../../notebooks/connect/exec.ts';
import type { Report } from '../../terminal/report.ts';

/** Everything has been said already. */
export function silence(exitCode: number): Report {
  return { data: { exitCode }, names: [], text: () => '', exitCode };
}

/** The remote program's exit code passes through; a failure of ssh itself is told beside its 255. */
export async function remoteReport(
  { terminal }: Context,
  { exitCode, failure }: RemoteEnd,
): Promise<Report> {
  if (failure !== undefined) {
    const { fail } = await import('../../terminal/failure.ts');
    await fail(failure, terminal);
  }
  return silence(exitCode);
}
