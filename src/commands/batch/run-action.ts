import type { App } from '../../app.ts';
import { type ActionRequest, actions } from '../../notebooks/actions.ts';
import type { BatchResult } from '../../notebooks/batch/result.ts';
import type { Step } from '../../notebooks/batch/step.ts';
import type { Report } from '../../terminal/report.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { type BatchFlags, isSelecting, type SelectionFlags } from '../options/batch.ts';
import { targetsOf } from '../options/selection.ts';
import { urlText } from '../output/action-result.ts';
import { confirmMany } from './confirm.ts';
import { type BatchMessages, executeBatch } from './run-batch.ts';

/** Runs an action on many existing notebooks. Asks once before a selection, and before any deletion. */
export async function runAction(
  app: App,
  request: ActionRequest,
  references: readonly string[],
  options: BatchFlags & SelectionFlags,
  text?: BatchMessages['text'],
): Promise<Report> {
  const targets = await targetsOf(app, references, options);
  const { verb, doing, confirm, alwaysConfirms = false } = actions[request.verb];
  const asks = options.yes !== true && (alwaysConfirms || isSelecting(options));
  const confirmChanges = async (steps: readonly Step[]) => {
    const changed = steps.filter(({ change }) => change === request.verb);
    if (confirm === undefined || changed.length === 0) return;
    await confirmMany(app.terminal, changed, { verb, consequence: confirm });
  };
  return executeBatch(app, { request, targets }, options, {
    doing,
    ifEmpty: `There is nothing to ${verb.toLowerCase()}.`,
    isAccepted: 'wait' in request && request.wait.until === 'accepted',
    sentence: (item) => sentence(request, item, app.terminal),
    ...(text === undefined ? {} : { text }),
    ...(asks ? { confirm: confirmChanges } : {}),
  });
}

function sentence(
  request: ActionRequest,
  { notebook, result, url }: BatchResult,
  { isTty }: Pick<Terminal, 'isTty'>,
): string {
  if (notebook === null) return 'was not there';
  if (request.verb === 'certify') return `uses the certificate for ${request.certificate.names}`;
  if (request.verb === 'start' || request.verb === 'restart') {
    return `is ${notebook.status}: ${urlText(notebook, { isTty, url })}`;
  }
  if (result !== 'deleted') return `is ${notebook.status}`;
  const isAccepted = request.verb === 'delete' && request.wait.until === 'accepted';
  return isAccepted ? 'is being deleted' : 'is deleted';
}
