import { NubesError } from '../../errors.ts';
import { ApiError } from '../../openstack/errors.ts';
import { type ActionRequest, type ActionResult, actions } from '../actions.ts';
import {
  createdAfterPlan,
  deletedMeanwhile,
  NoSuchNotebook,
  NotebookError,
  VmGone,
} from '../errors.ts';
import { find } from '../find.ts';
import { nameOf } from '../identity.ts';
import { urlForOutput, withUrlOnFailure } from '../jupyter/token.ts';
import { remove } from '../lifecycle/delete.ts';
import { restart } from '../lifecycle/restart.ts';
import { start } from '../lifecycle/start.ts';
import { stop } from '../lifecycle/stop.ts';
import { waitFor } from '../lifecycle/wait.ts';
import { type Notebook, toNotebook } from '../notebook.ts';
import { type Decision, decide, unlessMissing } from '../rules.ts';
import type { OnProgress } from '../waiting.ts';
import type { ActionBatchRequest, Selection, Target, Targets } from './request.ts';
import type { Snapshot } from './snapshot.ts';
import { type BatchDeps, lastSeenOf, type Plan, type Step } from './step.ts';

/** Plans one action for many notebooks, which are found with one list. */
export async function planAction(
  deps: BatchDeps,
  { request, targets }: ActionBatchRequest,
): Promise<Plan> {
  const own = await deps.own();
  const found = isSelection(targets)
    ? selected(own, targets, request, deps.world.now())
    : named(own, targets, request);
  const steps = found.map((target) => actionStep(deps, request, target));
  return { steps, thenDelete: [], warnings: [] };
}

/** A notebook of the request, and what the action changes on it. */
interface FoundTarget {
  /** The UUID of an existing notebook, so that the step is for this VM even if its name is reused. */
  readonly reference: string;
  readonly name: string;
  readonly notebook: Notebook | undefined;
  readonly decision: Decision;
  /** By `--all`, a label or its age, not by name. */
  readonly isSelected: boolean;
}

function isSelection(targets: Targets): targets is Selection {
  return !Array.isArray(targets);
}

function selected(
  own: Snapshot,
  selection: Selection,
  request: ActionRequest,
  now: Date,
): readonly FoundTarget[] {
  return own.all
    .filter(({ notebook }) => isSelected(notebook, selection, request, now))
    .map(({ notebook, server }) => {
      const { id, name } = notebook;
      const decision = decide(request, name, server);
      return { reference: id, name, notebook, decision, isSelected: true };
    });
}

/** Only notebooks that the action would change: a selection does not report the others as errors. */
function isSelected(
  { labels, createdAt, status, access }: Notebook,
  { labels: wanted, olderThanMs = 0 }: Selection,
  { verb }: ActionRequest,
  now: Date,
): boolean {
  const { selects, selectsDirect = false } = actions[verb];
  return (
    Object.entries(wanted).every(([key, value]) => labels[key] === value) &&
    now.getTime() - new Date(createdAt).getTime() >= olderThanMs &&
    (selects === 'any' || selects.includes(status)) &&
    (!selectsDirect || access === 'direct')
  );
}

/** Throws USAGE if two references mean one notebook. */
function named(
  own: Snapshot,
  targets: readonly Target[],
  request: ActionRequest,
): readonly FoundTarget[] {
  const earlier = new Map<string, Target>();
  return targets.map((target) => {
    const { found, decision } = own.match(request, target.reference);
    const id = found?.notebook.id ?? target.reference.toLowerCase();
    const same = earlier.get(id);
    if (same !== undefined) throw sameNotebook(same, target);
    earlier.set(id, target);
    return {
      reference: found?.notebook.id ?? target.reference,
      name: found?.notebook.name ?? target.name,
      notebook: found?.notebook,
      decision,
      isSelected: false,
    };
  });
}

function sameNotebook(one: Target, other: Target): NubesError {
  const isSame = one.position === other.position;
  const positions = isSame ? one.position : `${one.position} and ${other.position}`;
  const message = `${positions}: ${one.reference} and ${other.reference} are the same notebook.`;
  return new NubesError('USAGE', message, { hint: 'name it once' });
}

function actionStep(deps: BatchDeps, request: ActionRequest, target: FoundTarget): Step {
  const { name, notebook, decision } = target;
  return {
    name,
    ...decision,
    lastSeen: lastSeenOf(deps, name),
    detail: notebook?.status ?? 'not there',
    notebook: notebook ?? null,
    run: (onProgress) => runUnlessGone(deps, request, target, onProgress),
  };
}

/** The plan has listed the notebook, so NOT_FOUND means that it was deleted since. */
async function runUnlessGone(
  deps: BatchDeps,
  request: ActionRequest,
  target: FoundTarget,
  onProgress: OnProgress,
): Promise<ActionResult> {
  try {
    return await runAction(deps, request, target, onProgress);
  } catch (error) {
    const planned = target.decision.error;
    // The plan has the names of all notebooks, and so the similar one.
    if (error instanceof NoSuchNotebook && planned instanceof NoSuchNotebook) throw planned;
    if (target.notebook === undefined || !isGoneMeanwhile(error)) throw error;
    if (isDoneByDeletion(request, target)) return { result: 'deleted', notebook: undefined };
    throw deletedMeanwhile(target.name);
  }
}

function isGoneMeanwhile(error: unknown): boolean {
  const cause = error instanceof NotebookError ? error.cause : error;
  if (cause instanceof VmGone) return true;
  // Neutron's 404 is about a port or a floating IP.
  if (cause instanceof ApiError && cause.service !== 'Nova') return false;
  return cause instanceof NubesError && cause.code === 'NOT_FOUND';
}

/** A selection to stop is meant to leave nothing running. */
function isDoneByDeletion({ verb }: ActionRequest, { isSelected }: FoundTarget): boolean {
  return verb === 'delete' || (verb === 'stop' && isSelected);
}

/** Each action checks the rules again on what it finds, as the plan is a moment old. */
async function runAction(
  deps: BatchDeps,
  request: ActionRequest,
  target: FoundTarget,
  onProgress: OnProgress,
): Promise<ActionResult> {
  const { reference, decision } = target;
  const { result } = actions[request.verb];
  switch (request.verb) {
    case 'start': {
      const { urlOf } = request;
      const notebook = await withUrlOnFailure(urlOf, () =>
        start(deps, reference, request.wait, onProgress),
      );
      const wasOn = decision.change === 'same' || decision.change === 'wait';
      return { result: wasOn ? 'exists' : result, notebook, url: await urlOf(notebook) };
    }
    case 'stop':
      return { result, notebook: await stop(deps, reference, request.wait, onProgress) };
    case 'restart': {
      const notebook = await restartOne(deps, reference, request, onProgress);
      return { result, notebook, url: await request.urlOf(notebook) };
    }
    case 'certify': {
      // Users could not answer several passphrase prompts at once.
      const options = { ...request.wait, certificate: request.certificate, asks: false };
      const { certify } = await import('../lifecycle/certify.ts');
      return { result, notebook: await certify(deps, reference, options, onProgress) };
    }
    case 'delete': {
      if (decision.change !== 'delete') return refuseUnplanned(deps, request, target);
      const run = () => remove(deps, reference, request.wait, onProgress);
      return { result, notebook: await unlessMissing(request, run) };
    }
    case 'wait': {
      const { state, timeoutMs } = request;
      const run = () => waitFor(deps, reference, { state, timeoutMs }, onProgress);
      const isGoal = state === 'stopped' || state === 'deleted';
      return { result: isGoal ? state : result, notebook: await unlessMissing(request, run) };
    }
    case 'show':
      return { result, ...(await showOne(deps, reference, request)) };
  }
}

async function restartOne(
  deps: BatchDeps,
  reference: string,
  { wait, hard, jupyter }: Extract<ActionRequest, { readonly verb: 'restart' }>,
  onProgress: OnProgress,
): Promise<Notebook> {
  if (jupyter === undefined) return restart(deps, reference, { ...wait, hard }, onProgress);
  const { restartJupyter } = await import('../jupyter/restart.ts');
  return restartJupyter(deps, reference, { ...wait, ...jupyter }, onProgress);
}

/** Deletes nothing that the plan did not list for deletion: the user has not confirmed it. Throws the reason. */
async function refuseUnplanned(
  deps: BatchDeps,
  request: ActionRequest,
  { reference, decision }: FoundTarget,
): Promise<ActionResult> {
  const { error } = decision;
  if (error !== undefined && error.code !== 'NOT_FOUND') throw error;
  const server = await unlessMissing(request, () => find(deps, reference));
  if (server === undefined) return { result: 'deleted', notebook: undefined };
  throw createdAfterPlan(nameOf(server));
}

async function showOne(
  deps: BatchDeps,
  reference: string,
  { showToken, probe }: Extract<ActionRequest, { readonly verb: 'show' }>,
): Promise<Pick<ActionResult, 'notebook' | 'url'>> {
  const server = await find(deps, reference);
  const notebook = probe
    ? await (await import('../connect/probe.ts')).probeOne(deps, server)
    : await toNotebook(deps, server);
  const url = showToken ? await urlForOutput(deps, server, notebook) : undefined;
  return { notebook, url };
}
