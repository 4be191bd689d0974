import type { Context } from '../../app.ts';
import type { Deed } from '../../notebooks/actions.ts';
import type { Step } from '../../notebooks/batch/plan.ts';
import type { Item } from '../../notebooks/batch/result.ts';
import type { Report } from '../../terminal/report.ts';
import { isSelecting, type ManyOptions, type SelectOptions } from '../options/batch.ts';
import { confirmMany } from '../options/confirm.ts';
import { targetsOf } from '../options/selection.ts';
import { type BatchWords, runBatch } from './run-batch.ts';

/**
 * A verb for many notebooks there are. What is selected, not named, is listed and asked about once; what is
 * to be deleted always.
 */
export async function runDeed(
  context: Context,
  deed: Deed,
  references: readonly string[],
  options: ManyOptions & SelectOptions,
  text?: BatchWords['text'],
): Promise<Report> {
  const targets = await targetsOf(context, references, options);
  const { doing, verb, question } = words[deed.verb];
  const asks = question !== undefined && (question.always || isSelecting(options));
  const confirm = async (steps: readonly Step[]) => {
    if (question === undefined) return;
    // What is refused or not there stays as it is, whatever the answer.
    const changed = steps.filter(({ change }) => change === deed.verb);
    if (changed.length === 0) return;
    await confirmMany(context.terminal, changed, { verb, consequence: question.consequence });
  };
  return runBatch(context, { deed, targets }, options, {
    doing,
    nothing: `There is nothing to ${verb.toLowerCase()}.`,
    sentence: (item) => sentence(deed, item),
    ...(text === undefined ? {} : { text }),
    ...(asks && options.yes !== true ? { confirm } : {}),
  });
}

function sentence(deed: Deed, { notebook, result }: Item): string {
  if (notebook === null) return 'was not there';
  if (deed.verb === 'certify') return `shows the certificate for ${deed.certificate.names}`;
  if (result !== 'deleted') return `is ${notebook.status}`;
  const goesOn = deed.verb === 'delete' && deed.patience.goal === 'accepted';
  return goesOn ? 'is being deleted' : 'is deleted';
}

interface Words {
  readonly doing: string;
  readonly verb: string;
  /** Asked about what was selected; `always`: also about what was named. */
  readonly question?: { readonly consequence: string; readonly always?: boolean };
}

const words: Readonly<Record<Deed['verb'], Words>> = {
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
