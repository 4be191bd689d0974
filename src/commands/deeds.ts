import type { Context } from '../context.ts';
import type { Item } from '../notebooks/batch/item.ts';
import type { Deed } from '../notebooks/batch/order.ts';
import type { Report } from '../terminal/report.ts';
import { type BatchWords, runBatch } from './batch.ts';
import { confirmMany } from './confirming.ts';
import { isSelecting, type ManyOptions, type SelectOptions } from './many.ts';
import { targetsOf } from './targets.ts';

/** A verb for many notebooks there are. What was selected, not named, is listed and asked about once. */
export async function runDeed(
  context: Context,
  deed: Deed,
  references: readonly string[],
  options: ManyOptions & SelectOptions,
  text?: BatchWords['text'],
): Promise<Report> {
  const targets = await targetsOf(context, references, options);
  const { doing, verb, consequence } = words[deed.verb];
  const changes = deed.verb !== 'wait' && deed.verb !== 'show';
  const asks = changes && isSelecting(options) && options.yes !== true;
  return runBatch(context, { verb: deed.verb, deed, targets }, options, {
    doing,
    nothing: `There is nothing to ${verb.toLowerCase()}.`,
    sentence,
    ...(text === undefined ? {} : { text }),
    ...(asks
      ? { confirm: (steps) => confirmMany(context.terminal, steps, { verb, consequence }) }
      : {}),
  });
}

function sentence({ notebook, result }: Item): string {
  return notebook === null || result === 'deleted' ? 'is gone' : `is ${notebook.status}`;
}

const words: Readonly<
  Record<
    Deed['verb'],
    { readonly doing: string; readonly verb: string; readonly consequence: string }
  >
> = {
  start: { doing: 'Starting', verb: 'Start', consequence: 'These will be started.' },
  stop: {
    doing: 'Stopping',
    verb: 'Stop',
    consequence: 'Their kernels end; their disks are kept, and they still count towards the quota.',
  },
  restart: { doing: 'Restarting', verb: 'Restart', consequence: 'Their kernels end.' },
  delete: { doing: 'Deleting', verb: 'Delete', consequence: 'There is no undo.' },
  wait: { doing: 'Waiting', verb: 'Wait for', consequence: '' },
  show: { doing: 'Looking', verb: 'Show', consequence: '' },
};
