import type { SiteCertificate } from '../certificates/site-certificate.ts';
import type { WaitState } from './lifecycle/wait.ts';
import type { ActionResult } from './outcome.ts';
import type { Patience } from './patience.ts';

/** A verb for notebooks there are. */
export type ActionRequest =
  | { readonly verb: 'start'; readonly patience: Patience; readonly showToken: boolean }
  | { readonly verb: 'stop'; readonly patience: Patience }
  | {
      readonly verb: 'restart';
      readonly patience: Patience;
      readonly hard: boolean;
      /** Jupyter alone, over ssh, which may ask. */
      readonly jupyter: { readonly asks: boolean } | undefined;
    }
  | {
      readonly verb: 'certify';
      readonly patience: Patience;
      readonly certificate: SiteCertificate;
    }
  | { readonly verb: 'delete'; readonly patience: Patience; readonly ifMissing: 'fail' | 'ok' }
  | { readonly verb: 'wait'; readonly state: WaitState; readonly timeout: number }
  | { readonly verb: 'show'; readonly showToken: boolean; readonly probe: boolean };

/** What to do with a name that is taken by a notebook of one's own. */
export type IfExists = 'fail' | 'skip' | 'start';

/** What becomes of a notebook, as a plan shows it; `refused`: nothing, as things are now. */
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

/** A verb that has come to its end, well or with a failure in the outcome. */
export interface CompletedAction {
  /** A contract with scripts. */
  readonly result: 'created' | 'exists' | 'started' | 'stopped' | 'deleted';
  /** Undefined for one that was not there, and need not be. */
  readonly outcome: ActionResult | undefined;
  readonly url?: string | null | undefined;
}
