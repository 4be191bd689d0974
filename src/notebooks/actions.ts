import type { SiteCertificate } from '../certificates/site-certificate.ts';
import type { Notebook } from './notebook.ts';
import type { WaitOptions } from './waiting.ts';

/** An action on notebooks that exist. */
export type ActionRequest =
  | { readonly verb: 'start'; readonly wait: WaitOptions; readonly showToken: boolean }
  | { readonly verb: 'stop'; readonly wait: WaitOptions }
  | {
      readonly verb: 'restart';
      readonly wait: WaitOptions;
      readonly hard: boolean;
      /** Only Jupyter, over ssh, which may prompt. */
      readonly jupyter: { readonly asks: boolean } | undefined;
    }
  | {
      readonly verb: 'certify';
      readonly wait: WaitOptions;
      readonly certificate: SiteCertificate;
    }
  | { readonly verb: 'delete'; readonly wait: WaitOptions; readonly ifMissing: 'fail' | 'ok' }
  | { readonly verb: 'wait'; readonly state: WaitState; readonly timeoutMs: number }
  | { readonly verb: 'show'; readonly showToken: boolean; readonly probe: boolean };

/** A state that `wait` can wait for. */
export type WaitState = 'ready' | 'running' | 'stopped' | 'deleted';

/** What to do with a name that a notebook of the same owner has already. */
export type IfExists = 'fail' | 'skip' | 'start';

/** What a plan does to a notebook; `refused`: nothing, in its present state. */
export type Change =
  | 'create'
  | 'start'
  | 'stop'
  | 'restart'
  | 'update'
  | 'certify'
  | 'delete'
  | 'wait'
  | 'same'
  | 'extra'
  | 'refused';

/** What an action did. */
export interface ActionResult {
  /** A contract with scripts. */
  readonly result: 'created' | 'exists' | 'started' | 'stopped' | 'deleted';
  /** Undefined if it did not exist and did not have to. */
  readonly notebook: Notebook | undefined;
  /** Undefined: the notebook's own, without the token. */
  readonly url?: string | null | undefined;
}
