import { afterColon, NubesError } from '../../errors.ts';
import type { ActionResult, Change } from '../actions.ts';
import type { KeyPairs } from '../create/key-pairs.ts';
import type { Lookups } from '../create/lookups.ts';
import type { Deps } from '../deps.ts';
import { type Notebook, toNotebook } from '../notebook.ts';
import type { OnProgress } from '../waiting.ts';
import type { Snapshot } from './snapshot.ts';

/** What a batch will do. Nothing has been changed yet. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Deletions of notebooks that the steps replace: they begin only if every step has succeeded. */
  readonly thenDelete: readonly Step[];
  /** What the user should know, although the batch does not change it. */
  readonly warnings: readonly string[];
}

/** What a plan does to one notebook. */
export interface Step {
  readonly name: string;
  readonly change: Change;
  /** In a few words what the notebook is, or will be. */
  readonly detail: string;
  /** The existing notebook. */
  readonly notebook: Notebook | null;
  /** Why a refused step will fail if nothing changes, or why a skipped one is not begun. */
  readonly error?: NubesError | undefined;
  /** The notebook as seen most recently, by its UUID if that is known. Makes no request. */
  readonly lastSeen: (id: string | undefined) => Promise<Notebook | undefined>;
  readonly run: (onProgress: OnProgress) => Promise<ActionResult>;
}

/** What the steps of one batch share. */
export interface BatchDeps extends Deps {
  readonly lookups: Lookups;
  readonly keyPairs: KeyPairs;
  /** The owner's notebooks when planning began; listed once. */
  readonly own: () => Promise<Snapshot>;
}

/** Reads from the shared watcher, for steps that fail before they return a notebook. */
export function lastSeenOf(deps: BatchDeps, name: string): Step['lastSeen'] {
  return async (id) => {
    const servers = deps.watcher.lastNamed(name);
    const server = id === undefined ? servers[0] : servers.find((each) => each.id === id);
    return server === undefined ? undefined : toNotebook(deps, server);
  };
}

/**
 * The deletions, skipped if one of the notebooks that replace them is missing: what was to be replaced may be
 * all that the user has.
 */
export function keepUnlessReplaced(
  deletions: readonly Step[],
  replacements: readonly {
    readonly name: string;
    readonly error?: NubesError | null | undefined;
  }[],
): readonly Step[] {
  const missing = replacements.find(({ error }) => error !== null && error !== undefined);
  if (missing?.error === null || missing?.error === undefined) return deletions;
  const { code, message, hint } = missing.error;
  const reason = `Not begun, because ${missing.name} has to be ready first: ${afterColon(message)}`;
  const error = new NubesError(code, reason, { hint });
  return deletions.map((step) =>
    step.change === 'delete' ? { ...step, change: 'skip', error } : step,
  );
}
