import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { ActionRequest, ActionResult } from '../actions.ts';
import type { Deps } from '../deps.ts';
import { createdAfterPlan } from '../errors.ts';
import { find } from '../find.ts';
import { certify } from '../https/install-certificate.ts';
import { nameOf } from '../identity.ts';
import { restartJupyter } from '../jupyter/restarting-jupyter.ts';
import { urlToTell } from '../jupyter/token-url.ts';
import { remove } from '../lifecycle/delete.ts';
import { restart } from '../lifecycle/restart.ts';
import { start } from '../lifecycle/start.ts';
import { stop } from '../lifecycle/stop.ts';
import { waitFor } from '../lifecycle/wait.ts';
import type { Notebook } from '../notebook.ts';
import { comesTo, type Decision, decide, unlessMissing } from '../rules.ts';
import { toNotebook } from '../view.ts';
import type { OnProgress } from '../waiting.ts';
import { type BatchDeps, lastSeenOf, planned } from './bench.ts';
import type { ActionBatchRequest, Plan, Selection, Step, Target, Targets } from './plan.ts';
import type { Snapshot } from './snapshot.ts';

/** A verb for many notebooks, which are found with one list. */
export async function planAction(
  deps: BatchDeps,
  { request, targets }: ActionBatchRequest,
): Promise<Plan> {
  const own = await deps.own();
  const steps = isSelection(targets)
    ? own.all
        .filter(({ notebook }) => isMeant(notebook, targets, request, deps.world.now()))
        .map(({ notebook, server }) => {
          const decision = decide(request, notebook.name, server);
          const { id, name } = notebook;
          return stepFor(deps, request, { reference: id, name, notebook, decision });
        })
    : namedSteps(deps, request, targets, own);
  return { steps, remarks: [] };
}

/** Throws USAGE when two of the words mean one notebook. */
function namedSteps(
  deps: BatchDeps,
  request: ActionRequest,
  targets: readonly Target[],
  own: Snapshot,
): readonly Step[] {
  const earlier = new Map<string, Target>();
  return targets.map((target) => {
    const { listed, decision } = own.decided(request, target.reference);
    const notebook = listed?.notebook;
    const id = notebook?.id ?? target.reference.toLowerCase();
    const same = earlier.get(id);
    if (same !== undefined) throw sameNotebook(same, target);
    earlier.set(id, target);
    return stepFor(deps, request, { ...target, notebook, decision });
  });
}

function sameNotebook(one: Target, other: Target): NubesError {
  const place = one.place === other.place ? one.place : `${one.place} and ${other.place}`;
  const words = `${place}: ${one.reference} and ${other.reference} are the same notebook.`;
  return new NubesError('USAGE', words, { hint: 'name it once.' });
}

function isSelection(targets: Targets): targets is Selection {
  return !Array.isArray(targets);
}

function isMeant(
  { labels, createdAt, status, access }: Notebook,
  selection: Selection,
  { verb }: ActionRequest,
  now: Date,
): boolean {
  const { olderThan } = selection;
  const hasLabels = Object.entries(selection.labels).every(([key, value]) => labels[key] === value);
  const past = now.getTime() - new Date(createdAt).getTime();
  const wants = candidates[verb];
  return (
    hasLabels &&
    (olderThan === undefined || past >= olderThan) &&
    (wants === undefined || wants.includes(status)) &&
    (verb !== 'certify' || access === 'direct')
  );
}

/** A selection is of those that the verb changes; whoever names one hears why it does not. */
const candidates: Readonly<Partial<Record<ActionRequest['verb'], readonly string[]>>> = {
  start: ['stopped', 'stopping'],
  stop: ['running', 'starting', 'unknown'],
  restart: ['running'],
  certify: ['running'],
};

interface Meant {
  readonly reference: string;
  readonly name: string;
  readonly notebook: Notebook | undefined;
  readonly decision: Decision;
}

function stepFor(deps: BatchDeps, request: ActionRequest, target: Meant): Step {
  const { reference, notebook, decision } = target;
  const meant = { reference: notebook?.id ?? reference, decision };
  const name = notebook?.name ?? target.name;
  return {
    name,
    ...planned(decision),
    lastSeen: lastSeenOf(deps, name),
    detail: notebook?.status ?? 'not there',
    notebook: notebook ?? null,
    run: (onProgress) => execute(deps, request, meant, onProgress),
  };
}

/** The action decides again by what it finds, as the plan is a moment old. */
async function execute(
  deps: BatchDeps,
  request: ActionRequest,
  { reference, decision }: Pick<Meant, 'reference' | 'decision'>,
  onProgress: OnProgress,
): Promise<ActionResult> {
  switch (request.verb) {
    case 'start': {
      const notebook = await start(deps, reference, request.wait, onProgress);
      const wasOn = 'change' in decision && decision.change !== 'start';
      const url = request.showToken ? await urlOf(deps, notebook.id) : undefined;
      return { result: wasOn ? 'exists' : 'started', notebook, url };
    }
    case 'stop':
      return { result: 'stopped', notebook: await stop(deps, reference, request.wait, onProgress) };
    case 'restart': {
      const { wait, hard, jupyter } = request;
      const notebook =
        jupyter === undefined
          ? await restart(deps, reference, { ...wait, hard }, onProgress)
          : await restartJupyter(deps, reference, { ...wait, ...jupyter }, onProgress);
      return { result: 'started', notebook };
    }
    case 'certify': {
      // Several passphrase prompts at once could not be answered.
      const options = { ...request.wait, certificate: request.certificate, asks: false };
      return { result: 'started', notebook: await certify(deps, reference, options, onProgress) };
    }
    case 'delete': {
      if (!comesTo(decision, 'delete')) return leftAlone(deps, request, { reference, decision });
      const work = () => remove(deps, reference, request.wait, onProgress);
      return { result: 'deleted', notebook: await unlessMissing(request, work) };
    }
    case 'wait': {
      const { state, timeoutMs } = request;
      const work = () => waitFor(deps, reference, { state, timeoutMs }, onProgress);
      const result = state === 'stopped' || state === 'deleted' ? state : 'exists';
      return { result, notebook: await unlessMissing(request, work) };
    }
    case 'show':
      return shown(deps, reference, request);
  }
}

/** What was not to be deleted by the plan, nobody was asked about. Throws why it is not. */
async function leftAlone(
  deps: BatchDeps,
  request: ActionRequest,
  { reference, decision }: Pick<Meant, 'reference' | 'decision'>,
): Promise<ActionResult> {
  if ('refusal' in decision && decision.refusal.code !== 'NOT_FOUND') throw decision.refusal;
  const server = await unlessMissing(request, () => find(deps, reference));
  if (server === undefined) return { result: 'deleted', notebook: undefined };
  throw createdAfterPlan(nameOf(server));
}

async function shown(
  deps: BatchDeps,
  reference: string,
  { showToken, probe }: Extract<ActionRequest, { readonly verb: 'show' }>,
): Promise<ActionResult> {
  const server = await find(deps, reference);
  const notebook = probe ? await probed(deps, server) : await toNotebook(deps, server);
  const url = showToken ? await urlToTell(deps, server) : undefined;
  return { result: 'exists', notebook, url };
}

async function probed(deps: Deps, server: Server): Promise<Notebook> {
  const { probedOne } = await import('../readiness/probe.ts');
  return probedOne(deps, server);
}

async function urlOf(deps: BatchDeps, id: string): Promise<string | null> {
  return urlToTell(deps, await find(deps, id));
}
