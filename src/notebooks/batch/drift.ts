import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { rfc3339 } from '../../rfc3339.ts';
import type { ActionResult } from '../actions.ts';
import type { CreateFields } from '../create/options.ts';
import type { Deps } from '../deps.ts';
import { explainConflict, explainMissing, lockedInNova, NotebookError } from '../errors.ts';
import { halfDone, withNote } from '../half-done.ts';
import {
  idleText,
  labelMetadata,
  labelPrefix,
  metadataKeys,
  nameOf,
  packagesMark,
} from '../identity.ts';
import { describe } from '../notebook.ts';
import { isShelved, isUnderWay, statusOf } from '../status.ts';
import type { OnProgress } from '../waiting.ts';
import type { Step } from './step.ts';

/** The differences that only a new VM removes, as a warning; undefined if there are none. */
export function fixedDrift(given: CreateFields, server: Server): string | undefined {
  const differences = [
    ...sizeAndImage(given, server),
    ...idleTimeout(given, server),
    ...packages(given, server),
  ];
  if (differences.length === 0) return undefined;
  const name = nameOf(server);
  return `${name} has ${differences.join(' and ')}; to change that, delete and create it.`;
}

/** The step of an existing notebook, extended by writing the metadata that differs from what the user gave. */
export function driftStep(deps: Deps, step: Step, given: CreateFields, server: Server): Step {
  const changes = metadataDrift(given, server);
  const isDone = step.change !== 'refused' && step.change !== 'skip';
  if (Object.keys(changes).length === 0 || !isDone) return step;
  if (server.locked) return refuseLocked(step, server);
  // Nova refuses metadata while a task is running, and of a shelved server.
  const writesLast = isUnderWay(statusOf(server)) || (isShelved(server) && step.change === 'start');
  return {
    ...step,
    change: step.change === 'same' ? 'update' : step.change,
    detail: [step.detail, ...describeChanges(changes)].join(', '),
    run: async (onProgress) => {
      if (!writesLast) await write(deps, server, changes, onProgress);
      const ran = step.run(onProgress);
      const done = await (writesLast ? ran : ran.catch(afterWriting(changes)));
      if (writesLast) {
        await write(deps, server, changes, onProgress).catch(afterAction(deps, done, changes));
      }
      return withChanges(done, server, changes);
    },
  };
}

function sizeAndImage(
  { size, image }: CreateFields,
  { flavor, imageId, metadata }: Server,
): string[] {
  const imageName = metadata[metadataKeys.image];
  return [
    ...(size !== undefined && size !== flavor.name ? [`size ${flavor.name}, not ${size}`] : []),
    ...(image !== undefined && image !== imageName && image.toLowerCase() !== imageId
      ? [`image ${imageName ?? imageId ?? '?'}, not ${image}`]
      : []),
  ];
}

function idleTimeout({ idleTimeoutMs: wanted }: CreateFields, { metadata }: Server): string[] {
  if (wanted === undefined) return [];
  const current = metadata[metadataKeys.idle];
  const text = idleText(wanted);
  if (current === text) return [];
  return [
    current === undefined ? `no idle_timeout of ${text}` : `idle_timeout ${current}, not ${text}`,
  ];
}

function packages({ requirements }: CreateFields, { metadata }: Server): string[] {
  if (requirements === undefined) return [];
  const current = metadata[metadataKeys.packages];
  if (current === packagesMark(requirements)) return [];
  const which = current === undefined ? 'none of the packages' : 'other packages than those';
  return [`${which} of requirements`];
}

type Metadata = Readonly<Record<string, string>>;

/** What to write. Labels that the manifest does not have stay: they may come from `create --label`. */
function metadataDrift({ labels = {}, expiresMs }: CreateFields, server: Server): Metadata {
  const differs = ([key, value]: [string, string]) => server.metadata[key] !== value;
  return {
    ...Object.fromEntries(Object.entries(labelMetadata(labels)).filter(differs)),
    ...(expiresMs === undefined ? {} : expiryDrift(expiresMs, server)),
  };
}

/** `create` computes the expiry with its own clock, which differs from Nova's. */
const maxClockSkewMs = 5 * 60_000;

/** Counted from the creation, so that every run computes the same time. */
function expiryDrift(expiresMs: number, { created, metadata }: Server): Metadata {
  const wanted = created.getTime() + expiresMs;
  const current = Date.parse(metadata[metadataKeys.expires] ?? '');
  if (Math.abs(current - wanted) <= maxClockSkewMs) return {};
  return { [metadataKeys.expires]: rfc3339(new Date(wanted)) };
}

function describeChanges(changes: Metadata): string[] {
  return Object.entries(changes).map(([key, value]) =>
    key === metadataKeys.expires ? `expires ${value}` : `${key.slice(labelPrefix.length)}=${value}`,
  );
}

function refuseLocked(step: Step, server: Server): Step {
  const error = lockedInNova(nameOf(server));
  const run = async () => {
    throw error;
  };
  return { ...step, change: 'refused', error, run };
}

async function write(
  deps: Deps,
  server: Server,
  changes: Metadata,
  onProgress: OnProgress,
): Promise<void> {
  onProgress({ name: 'labels', detail: 'written to Nova', id: server.id });
  const written = servers.setMetadata(deps.compute, server.id, changes);
  await written.catch(explainMissing(nameOf(server))).catch(explainConflict(nameOf(server)));
}

/** A handler for the failure of an action before which the metadata was written. */
function afterWriting(changes: Metadata): (error: unknown) => never {
  return (error) => {
    throw withNote(error, `Its metadata was updated: ${describeChanges(changes).join(', ')}.`);
  };
}

/** A handler for a failure to write the metadata once the action is done. */
function afterAction(
  { world }: Deps,
  { notebook }: ActionResult,
  changes: Metadata,
): (error: unknown) => never {
  return (error) => {
    if (notebook === undefined) throw error;
    const half = {
      done: `${notebook.name} is ${notebook.status}`,
      missing: `Nova has not confirmed that it recorded ${describeChanges(changes).join(', ')}`,
      hint: 'run the same command again',
    };
    const failure = halfDone(error, half, world.interrupted);
    throw failure instanceof NubesError ? new NotebookError(notebook, failure) : failure;
  };
}

function withChanges(done: ActionResult, server: Server, changes: Metadata): ActionResult {
  if (done.notebook === undefined) return done;
  const changed = { ...server, metadata: { ...server.metadata, ...changes } };
  const { labels, expiresAt } = describe(changed);
  return { ...done, notebook: { ...done.notebook, labels, expiresAt } };
}
