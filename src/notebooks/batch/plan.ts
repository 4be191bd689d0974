import type { NubesError } from '../../errors.ts';
import type { ActionRequest, ActionResult, Change, IfExists } from '../actions.ts';
import type { CreateOptions } from '../create/submit.ts';
import type { Notebook } from '../notebook.ts';
import type { OnProgress, WaitOptions } from '../waiting.ts';

/** Which of the owner's notebooks: all conditions hold. */
export interface Selection {
  readonly labels: Readonly<Record<string, string>>;
  /** Created longer ago than this, in ms. */
  readonly olderThan?: number | undefined;
}

export interface CreateBatchRequest {
  readonly verb: 'create';
  readonly wishes: readonly CreateOptions[];
  readonly wait: WaitOptions;
  readonly ifExists: IfExists;
  /** Make as many as there is room for, instead of none. */
  readonly fit: boolean;
  /** Put the token in the URLs. */
  readonly showToken: boolean;
}

/** Brings the owner's notebooks to what is wished: missing ones are made, stopped ones started. */
export interface ApplyBatchRequest {
  readonly verb: 'apply';
  readonly wishes: readonly CreateOptions[];
  readonly wait: WaitOptions;
  readonly fit: boolean;
  readonly showToken: boolean;
  /** Notebooks with this label `set` that are not wished for are extra. */
  readonly set: string | undefined;
  /** Delete the extra ones; undefined: only tell. */
  readonly prune: WaitOptions | undefined;
}

/** One notebook that is meant. */
export interface Target {
  /** A name or UUID. */
  readonly reference: string;
  /** What it is called while nobody knows better. */
  readonly name: string;
  /** Where it is written, for messages. */
  readonly place: string;
}

/** Which notebooks: those that are named, or those that a selection picks. */
export type Targets = readonly Target[] | Selection;

export interface ActionBatchRequest {
  readonly request: ActionRequest;
  readonly targets: Targets;
}

export type BatchRequest = CreateBatchRequest | ApplyBatchRequest | ActionBatchRequest;

/** One notebook of a plan. */
export interface Step {
  readonly name: string;
  readonly change: Change;
  /** In a few words what it will be, or is. */
  readonly detail: string;
  /** The notebook there is. */
  readonly notebook: Notebook | null;
  /** The notebook as it was seen last, by its UUID where that is known; asks nothing. */
  readonly lastSeen: (id: string | undefined) => Promise<Notebook | undefined>;
  /** Why it will fail, as things are now. */
  readonly refusal?: NubesError | undefined;
  /** Not to be begun, and why. */
  readonly skip?: NubesError | undefined;
  /** Resolves once it may be begun, to why it may not. */
  readonly mayBegin?: () => Promise<NubesError | undefined>;
  readonly run: (onProgress: OnProgress) => Promise<ActionResult>;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** What nobody asked to change, but ought to know. */
  readonly remarks: readonly string[];
}
