import type { ActionRequest, IfExists } from '../actions.ts';
import type { CreateOptions } from '../create/options.ts';
import type { WaitOptions } from '../waiting.ts';

/** What the user asks for many notebooks at once. */
export type BatchRequest = CreateBatchRequest | ApplyBatchRequest | ActionBatchRequest;

export interface CreateBatchRequest {
  readonly verb: 'create';
  readonly notebooks: readonly CreateOptions[];
  readonly wait: WaitOptions;
  readonly ifExists: IfExists;
  /** Create as many as the quota allows, instead of none. */
  readonly fit: boolean;
  /** Put the token in the URLs. */
  readonly showToken: boolean;
}

/** Creates, starts and updates notebooks until they are what a manifest describes. */
export interface ApplyBatchRequest {
  readonly verb: 'apply';
  readonly notebooks: readonly CreateOptions[];
  readonly wait: WaitOptions;
  readonly fit: boolean;
  readonly showToken: boolean;
  /** Notebooks with this label `set` that the manifest does not list are extra. */
  readonly set: string | undefined;
  /** How to wait for the deletion of extra notebooks; undefined: they are kept. */
  readonly prune: WaitOptions | undefined;
}

/** An action on notebooks that exist. */
export interface ActionBatchRequest {
  readonly request: ActionRequest;
  readonly targets: Targets;
}

/** Which notebooks: those that were named, or those that match a selection. */
export type Targets = readonly Target[] | Selection;

/** One notebook that was named. */
export interface Target {
  /** A name or UUID. */
  readonly reference: string;
  /** The name to show if there is no such notebook. */
  readonly name: string;
  /** In the input, for messages. */
  readonly position: string;
}

/** The owner's notebooks that meet all conditions. */
export interface Selection {
  readonly labels: Readonly<Record<string, string>>;
  /** The minimum age. */
  readonly olderThanMs?: number | undefined;
}
