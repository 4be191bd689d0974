import type { SiteCertificate } from '../certificates/site-certificate.ts';
import type { Notebook } from './notebook.ts';
import type { NotebookStatus } from './status.ts';
import type { WaitOptions } from './waiting.ts';

/** What users see of an action in plans, progress, prompts and results. */
interface ActionRow {
  /** In front of a line of a plan. */
  readonly sign: '+' | '~' | '-' | '=' | '!';
  /** In the summary of a plan, after a count: `2 to stop`. */
  readonly planned: string;
  /** In prompts: `Stop these 2 notebooks?` */
  readonly verb: string;
  /** Over the progress of a batch. */
  readonly doing: string;
  /** The result of a notebook on which it was done. A contract with scripts. */
  readonly result: ResultKind;
  /** What `--all` and the other selections pick by status: only what the action would change. */
  readonly selects: readonly NotebookStatus[] | 'any';
  /** A selection picks only notebooks with direct access. */
  readonly selectsDirect?: boolean;
  /** What a confirmation prompt says about the consequences; without it there is no prompt. */
  readonly confirm?: string;
  /** Asks also about notebooks that were named, not only about a selection. */
  readonly alwaysConfirms?: boolean;
}

/** A contract with scripts. */
type ResultKind = 'created' | 'exists' | 'started' | 'stopped' | 'deleted';

/** The actions on notebooks that exist. */
export const actions: Readonly<Record<ActionRequest['verb'], ActionRow>> = {
  start: {
    ...{ sign: '~', planned: 'to start', verb: 'Start', doing: 'Starting', result: 'started' },
    selects: ['stopped', 'stopping', 'released'],
    confirm: 'These will be started.',
  },
  stop: {
    ...{ sign: '~', planned: 'to stop', verb: 'Stop', doing: 'Stopping', result: 'stopped' },
    selects: ['running', 'starting', 'unknown'],
    confirm: 'Kernels end. Disks are kept and still count towards the quota.',
  },
  restart: {
    ...{ sign: '~', planned: 'to restart', verb: 'Restart', doing: 'Restarting' },
    result: 'started',
    selects: ['running'],
    confirm: 'Kernels end.',
  },
  certify: {
    ...{ sign: '~', planned: 'to certify', verb: 'Certify', doing: 'Certifying' },
    result: 'started',
    selects: ['running'],
    selectsDirect: true,
    confirm: 'Jupyter restarts, and kernels end.',
  },
  delete: {
    ...{ sign: '-', planned: 'to delete', verb: 'Delete', doing: 'Deleting', result: 'deleted' },
    selects: 'any',
    confirm: 'This destroys the notebooks and their disks. There is no undo.',
    alwaysConfirms: true,
  },
  wait: {
    ...{ sign: '=', planned: 'to wait for', verb: 'Wait for', doing: 'Waiting', result: 'exists' },
    selects: 'any',
  },
  show: {
    ...{ sign: '=', planned: 'to show', verb: 'Show', doing: 'Reading', result: 'exists' },
    selects: 'any',
  },
};

/** How a plan shows each change, and each reason for leaving a notebook as it is. */
export const planWords = {
  ...actions,
  create: { sign: '+', planned: 'to create' },
  update: { sign: '~', planned: 'to update' },
  same: { sign: '=', planned: 'as they are' },
  extra: { sign: '-', planned: 'extra' },
  refused: { sign: '!', planned: 'to be refused' },
  skip: { sign: '!', planned: 'to be skipped' },
} as const satisfies Record<string, Pick<ActionRow, 'sign' | 'planned'>>;

/**
 * What a plan does to a notebook. `same`: nothing is to be done; `extra`: the manifest does not list it;
 * `refused`: its present status does not allow the action; `skip`: it is not begun at all.
 */
export type Change = Exclude<keyof typeof planWords, 'show'>;

/** An action on notebooks that exist, with its options. */
export type ActionRequest =
  | { readonly verb: 'start'; readonly wait: WaitOptions; readonly urlOf: UrlOf }
  | { readonly verb: 'stop'; readonly wait: WaitOptions }
  | {
      readonly verb: 'restart';
      readonly wait: WaitOptions;
      readonly hard: boolean;
      readonly urlOf: UrlOf;
      /** Restarts only Jupyter, over ssh; `asks`: ssh may prompt. */
      readonly jupyter: { readonly asks: boolean } | undefined;
    }
  | { readonly verb: 'certify'; readonly wait: WaitOptions; readonly certificate: SiteCertificate }
  | { readonly verb: 'delete'; readonly wait: WaitOptions; readonly ifMissing: 'fail' | 'ok' }
  | { readonly verb: 'wait'; readonly state: WaitState; readonly timeoutMs: number }
  | { readonly verb: 'show'; readonly showToken: boolean; readonly probe: boolean };

/** The URL for the result of a notebook that runs again; undefined: the notebook's own, without the token. */
export type UrlOf = (notebook: Notebook) => Promise<string | null | undefined>;

/** A state that `wait` can wait for. */
export type WaitState = 'ready' | 'running' | 'stopped' | 'deleted';

/** What `create` does if the user has a notebook of that name already. */
export type IfExists = 'fail' | 'skip' | 'start';

/** What an action did. */
export interface ActionResult {
  readonly result: ResultKind;
  /** Undefined if there was no notebook and the action did not need one. */
  readonly notebook: Notebook | undefined;
  /** Undefined: the notebook's own URL, without the token. */
  readonly url?: string | null | undefined;
  /** With whom the existing notebook was shared. */
  readonly guest?: string | undefined;
}
