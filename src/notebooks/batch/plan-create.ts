import { type ErrorCode, NubesError, withPosition } from '../../errors.ts';
import type { Flavor } from '../../openstack/compute/flavors.ts';
import type { ActionResult } from '../actions.ts';
import { checkFit } from '../create/choice/size.ts';
import { resolveDuplicates } from '../create/duplicates.ts';
import { creation, ensure, reuseExisting } from '../create/ensure.ts';
import { checkGuest } from '../create/guest.ts';
import { type CreateOptions, checkAccess } from '../create/options.ts';
import type { Notebook } from '../notebook.ts';
import type { OnProgress } from '../waiting.ts';
import { checkCapacity } from './capacity.ts';
import type { CreateBatchRequest } from './request.ts';
import { checkShareable, guestStep, type Planned, shareFound } from './row-guest.ts';
import type { Match, OwnNotebook } from './snapshot.ts';
import { type BatchDeps, lastSeenOf, type Plan, type Step } from './step.ts';

/** Plans new notebooks. All are checked before the first is requested. */
export async function planCreate(deps: BatchDeps, request: CreateBatchRequest): Promise<Plan> {
  return { steps: await createSteps(deps, request), thenDelete: [], warnings: [] };
}

/** `toDelete`: notebooks that will be deleted once the new ones are ready. */
export async function createSteps(
  deps: BatchDeps,
  request: CreateBatchRequest,
  toDelete: readonly Notebook[] = [],
): Promise<readonly Step[]> {
  for (const options of request.notebooks) checkGuest(options, deps.owner.name);
  const own = await deps.own();
  const action = await creation(deps, request);
  const all = request.notebooks.map((options) => ({
    options,
    match: own.match(action, options.name),
  }));
  const missing = all
    .filter(({ match }) => match.decision.change === 'create')
    .map(({ options }) => options);
  const sizes = await Promise.all(missing.map((options) => checkedSize(deps, options)));
  const noRoom = await checkCapacity(deps, sizes, { fit: request.fit, toDelete });
  // May ask, so nothing may refuse the request after it.
  for (const options of missing.filter((_, index) => noRoom[index] === undefined)) {
    await atPosition(options.positions?.key, () => deps.lookups.key(options));
  }
  return Promise.all(
    all.map(async ({ options, match }): Promise<Step> => {
      const error = noRoom[missing.indexOf(options)];
      const detail = await describeMatch(deps, options, match);
      const decided: Planned =
        error === undefined ? { ...match.decision, detail } : { change: 'skip', detail, error };
      return {
        name: options.name,
        ...(await guestStep(deps, options, match.found, decided)),
        notebook: match.found?.notebook ?? null,
        lastSeen: lastSeenOf(deps, options.name),
        run: (onProgress) => createOrReuse(deps, options, request, match, onProgress),
      };
    }),
  );
}

/** The size of a new notebook. Throws if its image, size, network or key does not exist or does not fit. */
async function checkedSize(deps: BatchDeps, options: CreateOptions): Promise<Flavor> {
  checkAccess(options, deps.settings.notebook);
  const { positions } = options;
  const [image, size] = await Promise.all([
    atPosition(positions?.image, () => deps.lookups.image(options)),
    atPosition(positions?.size, () => deps.lookups.size(options)),
    atPosition(positions?.network, () => deps.lookups.network(options)),
    atPosition(positions?.key, () => deps.lookups.knownKey(options)),
  ]);
  await atPosition(positions?.size ?? positions?.image, async () => checkFit(image, size));
  return size;
}

/** Errors about what the user wrote; only these get a position. */
const inputErrors: ReadonlySet<ErrorCode> = new Set(['NOT_FOUND', 'CONFLICT', 'USAGE']);

async function atPosition<Found>(
  position: string | undefined,
  find: () => Promise<Found>,
): Promise<Found> {
  return find().catch((error: unknown) => {
    const isInputError = error instanceof NubesError && inputErrors.has(error.code);
    throw position !== undefined && isInputError ? withPosition(error, position) : error;
  });
}

async function describeMatch(
  deps: BatchDeps,
  options: CreateOptions,
  { found, hasDuplicate }: Match,
): Promise<string> {
  if (found !== undefined) {
    const { status } = found.notebook;
    return hasDuplicate ? `${status}; a second VM of it will be removed` : status;
  }
  const [size, image] = await Promise.all([
    deps.lookups.size(options),
    deps.lookups.image(options),
  ]);
  const labels = Object.entries(options.labels).map(([key, value]) => `${key}=${value}`);
  const count = options.requirements.length;
  const packages = count === 0 ? [] : [`${count} ${count === 1 ? 'package' : 'packages'}`];
  return [size.name, image.name, ...packages, ...labels].join(', ');
}

async function createOrReuse(
  deps: BatchDeps,
  options: CreateOptions,
  request: CreateBatchRequest,
  { found, hasDuplicate, decision }: Match,
  onProgress: OnProgress,
): Promise<ActionResult> {
  const existing = hasDuplicate
    ? await resolveDuplicates(deps, options.name, onProgress)
    : found?.server;
  const shared = (done: ActionResult, planned: OwnNotebook | undefined) =>
    shareFound(deps, options, planned, done, onProgress);
  if (existing !== undefined) {
    if (decision.change !== 'refused') await checkShareable(deps, options, existing);
    return shared(await reuseExisting(deps, existing, request, onProgress), found);
  }
  await deps.keyPairs(options);
  const done = await ensure(deps, options, { ...request, lookups: deps.lookups }, onProgress);
  return done.result === 'created' ? done : shared(done, undefined);
}
