import type { ActionResult } from '../../notebooks/outcome.ts';
import type { OnProgress } from '../../notebooks/patience.ts';
import { span } from '../../terminal/age.ts';
import type { Report } from '../../terminal/report.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { aboutCertificate } from './certificate.ts';

/** Runs a verb under the progress display; its last phase is shown as failed when the outcome is. */
export async function followed<Result extends ActionResult>(
  terminal: Terminal,
  label: string,
  verb: (onProgress: OnProgress) => Promise<Result>,
): Promise<Result> {
  let outcome: Result | undefined;
  try {
    await terminal.during(label, async (onProgress) => {
      outcome = await verb(onProgress);
      if (outcome.failure !== undefined) throw outcome.failure;
    });
  } catch (error) {
    if (outcome?.failure !== error) throw error;
  }
  if (outcome === undefined) throw new Error('the verb has not run');
  return outcome;
}

/** The notebook, and how to reach it. */
export function accessReport(
  { notebook, failure }: ActionResult,
  { began, url = notebook.url }: { began: Date; url?: string | null },
): Report {
  return {
    data: { ...notebook, url },
    names: [notebook.name],
    text: (terminal) => {
      const spent = span(terminal.now().getTime() - began.getTime());
      const { bold, dim } = terminal.palette;
      const lines = [
        failure === undefined || notebook.status === 'ready'
          ? `${bold(notebook.name)} is ${notebook.status} ${dim(`(${spent})`)}`
          : `${bold(notebook.name)} is ${notebook.status}, not ready ${dim(`(${spent})`)}`,
        `  URL     ${url ?? '-'}`,
        `  Tunnel  ${notebook.tunnel?.command ?? '(no address yet)'}`,
        `  Or      nubes-nb open ${notebook.name}`,
        ...labelled('TLS', aboutCertificate(notebook.certificate)),
      ];
      return lines.join('\n');
    },
    ...(failure === undefined ? {} : { failure }),
  };
}

/** The label stands before the first line only. */
function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, number) => `  ${(number === 0 ? label : '').padEnd(6)}  ${line}`);
}

/** One sentence about a notebook; JSON readers get the notebook. */
export function sentenceReport({ notebook, failure }: ActionResult, sentence: string): Report {
  return {
    data: notebook,
    names: [notebook.name],
    text: () => (failure === undefined ? sentence : `${notebook.name} is ${notebook.status}.`),
    ...(failure === undefined ? {} : { failure }),
  };
}
