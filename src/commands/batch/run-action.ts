import type { App } from '../../app.ts';
import type { ActionRequest } from '../../notebooks/actions.ts';
import type { Step } from '../../notebooks/batch/plan.ts';
import type { BatchResult } from '../../notebooks/batch/result.ts';
import type { Report } from '../../terminal/report.ts';
import { type BatchFlags, isSelecting, type SelectionFlags } from '../options/batch.ts';
import { confirmMany } from '../options/confirm.ts';
import { targetsOf } from '../options/selection.ts';
import { type BatchWords, executeBatch } from './run-batch.ts';

/**
 * A verb for many notebooks there are. What is selected, not named, is listed and asked about once; what is
 * to be deleted always.
 */
export async function runAction(
  app: App,
  request: ActionRequest,
  references: readonly string[],
  options: BatchFlags & SelectionFlags,
  text?: BatchWords['text'],
): Promise<Report> {
  const targets = await targetsOf(app, references, options);
  const { doing, verb, question } = words[request.verb];
  const asks = question !== undefined && (question.always || isSelecting(options));
  const confirm = async (steps: readonly Step[]) => {
    if (question === undefined) return;
    // What is refused or not there stays as it is, whatever the answer.
    const changed = steps.filter(({ change }) => change === request.verb);
    if (changed.length === 0) return;
    await confirmMany(app.terminal, changed, { verb, consequence: question.consequence });
  };
  return executeBatch(app, { request, targets }, options, {
    doing,
    nothing: `There is nothing to ${verb.toLowerCase()}.`,
    sentence: (item) => sentence(request, item),
    ...(text === undefined ? {} : { text }),
    ...(asks && options.yes !== true ? { confirm } : {}),
  });
}

function sentence(request: ActionRequest, { notebook, result }: BatchResult): string {
  if (notebook === null) return 'was not there';
  if (request.verb === 'certify') return `uses the certificate for ${request.certificate.names}`;
  if (result !== 'deleted') return `is ${notebook.status}`;
  const goesOn = request.verb === 'delete' && request.wait.until === 'accepted';
  return goesOn ? 'is being deleted' : 'is deleted';
}

interface Words {
  readonly doing: string;
  readonly verb: string;
  /** Asked about what was selected; `always`: also about what was named. */
  readonly question?: { readonly consequence: string; readonly always?: boolean };
}

const words: Readonly<Record<ActionRequest['verb'], Words>> = {
  start: {
    doing: 'Starting',
    verb: 'Start',
    question: { consequence: 'These will be started.' },
  },
  stop: {
    doing: 'Stopping',
    verb: 'Stop',
    question: {
      consequence:
        'Their kernels end; their disks are kept, and they still count towards the quota.',
    },
  },
  restart: {
    doing: 'Restarting',
    verb: 'Restart',
    question: { consequence: 'Their kernels end.' },
  },
  certify: {
    doing: 'Certifying',
    verb: 'Certify',
    question: { consequence: 'Their Jupyter starts anew, and their kernels end.' },
  },
  delete: {
    doing: 'Deleting',
    verb: 'Delete',
    question: {
      consequence: 'This destroys them and their disks. There is no undo.',
      always: true,
    },
  },
  wait: { doing: 'Waiting', verb: 'Wait for' },
  show: { doing: 'Looking', verb: 'Show' },
};
