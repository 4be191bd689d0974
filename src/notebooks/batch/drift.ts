import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { rfc3339 } from '../../rfc3339.ts';
import type { ActionResult } from '../actions.ts';
import type { CreateOptions } from '../create/submit.ts';
import type { Deps } from '../deps.ts';
import { explainConflict, lockedInNova } from '../errors.ts';
import { labelMetadata, labelPrefix, metadataKeys, nameOf } from '../identity.ts';
import { describe } from '../notebook.ts';
import { isUnderWay, statusOf } from '../status.ts';
import type { OnProgress } from '../waiting.ts';
import type { Step } from './plan.ts';

/** The step of a notebook that is there, which also gets what its wish says for Nova's metadata. */
export function driftStep(deps: Deps, step: Step, wish: CreateOptions, server: Server): Step {
  const changes = changesFor(wish, server);
  if (Object.keys(changes).length === 0 || step.change === 'refused') return step;
  if (server.locked) return refusedAs(step, server);
  // Nova takes no metadata for a server that it is at work with.
  const writesLast = isUnderWay(statusOf(server));
  return {
    ...step,
    change: step.change === 'same' ? 'update' : step.change,
    detail: [step.detail, ...describeChanges(changes)].join(', '),
    run: async (onProgress) => {
      if (!writesLast) await write(deps, server, changes, onProgress);
      const done = await step.run(onProgress);
      if (writesLast) await write(deps, server, changes, onProgress);
      return withChanges(done, server, changes);
    },
  };
}

type Metadata = Readonly<Record<string, string>>;

/** Labels that only the notebook has stay: not all of them come from a manifest. */
function changesFor({ labels = {}, expires }: CreateOptions, server: Server): Metadata {
  const differs = ([key, value]: [string, string]) => server.metadata[key] !== value;
  return {
    ...Object.fromEntries(Object.entries(labelMetadata(labels)).filter(differs)),
    ...(expires === undefined ? {} : expiryFor(expires, server)),
  };
}

/** A creation counts from its own computer's time, which is not quite Nova's. */
const sameTime = 5 * 60_000;

/** Counted from the creation, so that every run comes to the same time. */
function expiryFor(expires: number, { created, metadata }: Server): Metadata {
  const wished = created.getTime() + expires;
  const known = Date.parse(metadata[metadataKeys.expires] ?? '');
  if (Math.abs(known - wished) <= sameTime) return {};
  return { [metadataKeys.expires]: rfc3339(new Date(wished)) };
}

function describeChanges(changes: Metadata): string[] {
  return Object.entries(changes).map(([key, value]) =>
    key === metadataKeys.expires ? `expires ${value}` : `${key.slice(labelPrefix.length)}=${value}`,
  );
}

function refusedAs(step: Step, server: Server): Step {
  const refusal = lockedInNova(nameOf(server));
  const run = async () => {
    throw refusal;
  };
  return { ...step, change: 'refused', refusal, run };
}

async function write(
  deps: Deps,
  server: Server,
  changes: Metadata,
  onProgress: OnProgress,
): Promise<void> {
  onProgress({ name: 'labels', detail: 'told to Nova', id: server.id });
  const written = servers.setMetadata(deps.compute, server.id, changes);
  await written.catch(explainConflict(nameOf(server)));
}

function withChanges(done: ActionResult, server: Server, changes: Metadata): ActionResult {
  if (done.notebook === undefined) return done;
  const changed = { ...server, metadata: { ...server.metadata, ...changes } };
  const { labels, expiresAt } = describe(changed);
  return { ...done, notebook: { ...done.notebook, labels, expiresAt } };
}
