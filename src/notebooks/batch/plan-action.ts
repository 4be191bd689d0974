import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import type { Deed, Done } from '../actions.ts';
import { cameLater } from '../errors.ts';
import { find } from '../find.ts';
import { nameOf } from '../identity.ts';
import { urlToTell } from '../jupyter/token-url.ts';
import type { Notebook } from '../notebook.ts';
import type { Enter } from '../patience.ts';
import { comesTo, type Decision, decide, unlessMissing } from '../rules.ts';
import { presented } from '../view.ts';
import { type Bench, memoryOf, planned } from './bench.ts';
import type { DeedOrder, Plan, Selection, Step, Target, Targets } from './plan.ts';
import type { OwnList } from './snapshot.ts';

/** A verb for many notebooks, which are found with one list. */
export async function deedSteps(bench: Bench, { deed, targets }: DeedOrder): Promise<Plan> {
  const own = await bench.own();
  const steps = isSelection(targets)
    ? own.all
        .filter(({ notebook }) => isMeant(notebook, targets, deed, bench.desk.world.now()))
        .map(({ notebook, server }) => {
          const decision = decide(deed, notebook.name, server);
          const { id, name } = notebook;
          return stepFor(bench, deed, { reference: id, name, notebook, decision });
        })
    : namedSteps(bench, deed, targets, own);
  return { steps, remarks: [] };
}

/** Throws USAGE when two of the words mean one notebook. */
function namedSteps(
  bench: Bench,
  deed: Deed,
  targets: readonly Target[],
  own: OwnList,
): readonly Step[] {
  const earlier = new Map<string, Target>();
  return targets.map((target) => {
    const { listed, decision } = own.decided(deed, target.reference);
    const notebook = listed?.notebook;
    const id = notebook?.id ?? target.reference.toLowerCase();
    const same = earlier.get(id);
    if (same !== undefined) throw sameNotebook(same, target);
    earlier.set(id, target);
    return stepFor(bench, deed, { ...target, notebook, decision });
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
  { verb }: Deed,
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
const candidates: Readonly<Partial<Record<Deed['verb'], readonly string[]>>> = {
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

function stepFor(bench: Bench, deed: Deed, target: Meant): Step {
  const { reference, notebook, decision } = target;
  const meant = { reference: notebook?.id ?? reference, decision };
  const name = notebook?.name ?? target.name;
  return {
    name,
    ...planned(decision),
    lastSeen: memoryOf(bench, name),
    detail: notebook?.status ?? 'not there',
    notebook: notebook ?? null,
    run: (enter) => carriedOut(bench, deed, meant, enter),
  };
}

/** The verb decides again by what it finds, as the plan is a moment old. */
async function carriedOut(
  bench: Bench,
  deed: Deed,
  { reference, decision }: Pick<Meant, 'reference' | 'decision'>,
  enter: Enter,
): Promise<Done> {
  const { verbs } = bench;
  switch (deed.verb) {
    case 'start': {
      const outcome = await verbs.start(reference, deed.patience, enter);
      const wasOn = 'change' in decision && decision.change !== 'start';
      const result = wasOn ? 'exists' : 'started';
      const url = deed.showToken ? await urlOf(bench, outcome.notebook.id) : undefined;
      return { result, outcome, url };
    }
    case 'stop':
      return { result: 'stopped', outcome: await verbs.stop(reference, deed.patience, enter) };
    case 'restart':
      return {
        result: 'started',
        outcome:
          deed.jupyter === undefined
            ? await verbs.restart(reference, { ...deed.patience, hard: deed.hard }, enter)
            : await verbs.restartJupyter(reference, { ...deed.patience, ...deed.jupyter }, enter),
      };
    case 'certify': {
      // Several that asked for a passphrase at once would be nobody's to answer.
      const wish = { ...deed.patience, certificate: deed.certificate, asks: false };
      return { result: 'started', outcome: await verbs.certify(reference, wish, enter) };
    }
    case 'delete': {
      if (!comesTo(decision, 'delete')) return leftAlone(bench, deed, { reference, decision });
      const remove = () => verbs.remove(reference, deed.patience, enter);
      return { result: 'deleted', outcome: await unlessMissing(deed, remove) };
    }
    case 'wait': {
      const { state, timeout } = deed;
      const wait = () => verbs.waitFor(reference, { state, timeout }, enter);
      const result = state === 'stopped' || state === 'deleted' ? state : 'exists';
      return { result, outcome: await unlessMissing(deed, wait) };
    }
    case 'show':
      return shown(bench, reference, deed);
  }
}

/** What was not to be deleted by the plan, nobody was asked about. Throws why it is not. */
async function leftAlone(
  { desk }: Bench,
  deed: Deed,
  { reference, decision }: Pick<Meant, 'reference' | 'decision'>,
): Promise<Done> {
  if ('refusal' in decision && decision.refusal.code !== 'NOT_FOUND') throw decision.refusal;
  const server = await unlessMissing(deed, () => find(desk, reference));
  if (server === undefined) return { result: 'deleted', outcome: undefined };
  throw cameLater(nameOf(server));
}

async function shown(
  { desk }: Bench,
  reference: string,
  { showToken, probe }: Extract<Deed, { readonly verb: 'show' }>,
): Promise<Done> {
  const server = await find(desk, reference);
  const notebook = probe ? await probed(desk, server) : await presented(desk, server);
  const url = showToken ? await urlToTell(desk, server) : undefined;
  return { result: 'exists', outcome: { notebook }, url };
}

async function probed(desk: Bench['desk'], server: Server): Promise<Notebook> {
  const { probedOne } = await import('../readiness/probe.ts');
  return probedOne(desk, server);
}

async function urlOf({ desk }: Bench, id: string): Promise<string | null> {
  return urlToTell(desk, await find(desk, id));
}
