import type { App } from '../../app.ts';
import { commandLine } from '../../command-line.ts';
import type { BatchResult } from '../../notebooks/batch/result.ts';
import type { CreateOptions } from '../../notebooks/create/options.ts';
import { handoutWords } from '../options/batch.ts';

/** After a batch that gave notebooks to guests: the command that makes the page of each. For people only. */
export function printPagesCommand(
  { terminal }: App,
  requested: readonly CreateOptions[],
  results: readonly BatchResult[],
  list: string | undefined,
): void {
  const isForPeople = terminal.output === 'table' || terminal.output === 'wide';
  const shared = requested.filter(({ guest }) => guest !== undefined);
  if (shared.length === 0 || !isForPeople) return;
  // A notebook that existed already keeps its labels.
  const present = new Map(results.map(({ name, notebook }) => [name, notebook?.labels]));
  terminal.info(
    pagesLine(
      shared.map((each) => ({ ...each, labels: present.get(each.name) ?? each.labels })),
      list,
    ),
  );
}

/**
 * The list as well as the labels: a guest with another key than in the list gets no page. A guest whom only a row names
 * is not in the list.
 */
function pagesLine(shared: readonly CreateOptions[], file: string | undefined): string {
  const label = commonLabels(shared);
  const isComplete = shared.every(({ given }) => given.for?.isListed === true);
  const list = isComplete ? file : undefined;
  const all = label.length === 0 && list === undefined;
  const words = handoutWords({ label, all, ...(list === undefined ? {} : { for: list }) });
  const where = [
    ...(list === '-' ? [', with the list in FILE'] : []),
    ...(all ? [', with those of all your guests'] : []),
  ];
  return `Their pages${where.join('')}: ${commandLine([...words, '--folder', 'pages'])}`;
}

/** `course=lpd`: those that each of the notebooks has; of a manifest with a set that alone, as it has no others. */
function commonLabels([first, ...others]: readonly CreateOptions[]): readonly string[] {
  const common = Object.entries(first?.labels ?? {}).filter(([key, value]) =>
    others.every(({ labels }) => labels[key] === value),
  );
  const set = common.filter(([key]) => key === 'set');
  return (set.length > 0 ? set : common).map(([key, value]) => `${key}=${value}`);
}
