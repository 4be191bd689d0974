import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { ActionResult } from '../actions.ts';
import type { CreateFields, CreateOptions } from '../create/options.ts';
import { remove } from '../lifecycle/delete.ts';
import { decide, unlessMissing } from '../rules.ts';
import type { WaitOptions } from '../waiting.ts';
import { driftStep, fixedDrift } from './drift.ts';
import { createSteps } from './plan-create.ts';
import type { ApplyBatchRequest } from './request.ts';
import type { OwnNotebook } from './snapshot.ts';
import { type BatchDeps, keepUnlessReplaced, lastSeenOf, type Plan, type Step } from './step.ts';

/**
 * Plans what a manifest describes. Extra notebooks are deleted after all others are ready. If the new ones
 * fit only in their place, throws QUOTA_EXCEEDED or LIMIT_REACHED with the command that makes room.
 */
export async function planApply(deps: BatchDeps, request: ApplyBatchRequest): Promise<Plan> {
  const { notebooks, prune } = request;
  const extra = await extraNotebooks(deps, request);
  const extraSteps = extra.map((each) => extraStep(deps, each, prune));
  const toDelete = extraSteps.flatMap(({ change, notebook }) =>
    change === 'delete' && notebook !== null ? [notebook] : [],
  );
  const creation = { ...request, verb: 'create', ifExists: 'start' } as const;
  const creations = await createSteps(deps, creation, toDelete);
  const { steps, warnings } = await withDrift(deps, creations, notebooks);
  if (prune === undefined) return { steps: [...steps, ...extraSteps], thenDelete: [], warnings };
  return { steps, thenDelete: keepUnlessReplaced(extraSteps, steps), warnings };
}

async function extraNotebooks(
  deps: BatchDeps,
  { set, notebooks }: ApplyBatchRequest,
): Promise<readonly OwnNotebook[]> {
  if (set === undefined) return [];
  const listed = new Set(notebooks.map(({ name }) => name));
  const { all } = await deps.own();
  return all.filter(({ notebook: { name, labels } }) => labels['set'] === set && !listed.has(name));
}

function extraStep(
  deps: BatchDeps,
  { server, notebook }: OwnNotebook,
  prune: WaitOptions | undefined,
): Step {
  const { name, status, id } = notebook;
  const facts = { name, detail: status, notebook, lastSeen: lastSeenOf(deps, name) };
  if (prune === undefined) {
    const run = async (): Promise<ActionResult> => ({ result: 'exists', notebook });
    return { ...facts, change: 'extra', run };
  }
  return {
    ...facts,
    ...decide({ verb: 'delete', ifMissing: 'fail' }, name, server),
    run: async (onProgress) => ({
      result: 'deleted',
      // Another command may have deleted it since.
      notebook: await unlessMissing({ verb: 'delete', ifMissing: 'ok' }, () =>
        remove(deps, id, prune, onProgress),
      ),
    }),
  };
}

/** Existing notebooks also get their labels and expiry; warns about what cannot be changed. */
async function withDrift(
  deps: BatchDeps,
  steps: readonly Step[],
  notebooks: readonly CreateOptions[],
): Promise<Pick<Plan, 'steps' | 'warnings'>> {
  const { all } = await deps.own();
  const warnings: string[] = [];
  const withDriftOf = async (step: Step): Promise<Step> => {
    const options = notebooks.find(({ name }) => name === step.name);
    const existing = all.find(({ notebook }) => notebook.id === step.notebook?.id);
    if (options === undefined || existing === undefined) return step;
    const given = { ...options.given, size: await sizeName(deps, options.given, existing.server) };
    const warning = fixedDrift(given, existing.server);
    if (warning !== undefined) warnings.push(warning);
    return driftStep(deps, step, options.given, existing.server);
  };
  const updated = await Promise.all(steps.map(withDriftOf));
  return { steps: updated, warnings };
}

/** A manifest may give a size by its id, which Nova does not show on a server. */
async function sizeName(
  { lookups }: BatchDeps,
  { size }: CreateFields,
  { flavor }: Server,
): Promise<string | undefined> {
  if (size === undefined || size === flavor.name) return size;
  const found = await lookups.size({ size }).catch((error: unknown) => {
    if (error instanceof NubesError && ['NOT_FOUND', 'USAGE'].includes(error.code))
      return undefined;
    throw error;
  });
  return found?.name ?? size;
}
