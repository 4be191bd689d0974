import type { Created } from './create/create.ts';
import type { Lookups } from './create/lookups.ts';
import type { CreateOptions } from './create/submit.ts';
import type { Deps } from './deps.ts';
import type { Installation } from './https/install-certificate.ts';
import type { WaitState } from './lifecycle/wait.ts';
import type { ActionResult } from './outcome.ts';
import type { OnProgress, Patience, Wait } from './patience.ts';

/** What can be done to one notebook, by name or UUID. Each waits for as much as is wanted. */
export interface Verbs {
  /** With a survey, what it has looked up is not looked up again. */
  readonly create: (
    wish: CreateOptions,
    patience: Patience,
    onProgress: OnProgress,
    lookups?: Lookups,
  ) => Promise<Created>;
  readonly start: (
    reference: string,
    patience: Patience,
    onProgress: OnProgress,
  ) => Promise<ActionResult>;
  readonly stop: (
    reference: string,
    patience: Patience,
    onProgress: OnProgress,
  ) => Promise<ActionResult>;
  readonly restart: (
    reference: string,
    patience: Patience & { readonly hard: boolean },
    onProgress: OnProgress,
  ) => Promise<ActionResult>;
  /** Starts Jupyter anew and leaves the VM on; `asks` is false when ssh may not ask. */
  readonly restartJupyter: (
    reference: string,
    patience: Patience & { readonly asks: boolean },
    onProgress: OnProgress,
  ) => Promise<ActionResult>;
  /** Waits for a state and does nothing else; `timeout` is in milliseconds. */
  readonly waitFor: (
    reference: string,
    expected: { readonly state: WaitState; readonly timeout: number },
    onProgress: OnProgress,
  ) => Promise<ActionResult>;
  /** Puts the site's certificate on a direct notebook; `asks` is false when ssh may not ask. */
  readonly certify: (
    reference: string,
    wish: Patience & Omit<Installation, 'deadline'>,
    onProgress: OnProgress,
  ) => Promise<ActionResult>;
  /** Deletes for good; resolves when Nova says that it is gone. */
  readonly remove: (
    reference: string,
    patience: Patience,
    onProgress: OnProgress,
  ) => Promise<ActionResult>;
}

export function verbsOf(deps: Deps): Verbs {
  const now = () => deps.world.now().getTime();
  const waitFrom = ({ goal, timeout }: Patience): Wait => ({ goal, deadline: now() + timeout });
  const inTime = async <Result>(
    reference: string,
    { deadline }: Wait,
    work: (deps: Deps) => Promise<Result>,
  ): Promise<Result> => {
    const { bounded } = await import('./deadline.ts');
    return bounded(deps, { reference, deadline }, work);
  };
  return {
    create: async (wish, patience, onProgress, lookups) => {
      const { create } = await import('./create/create.ts');
      const wait = waitFrom({
        ...patience,
        timeout: patience.timeout + (await extra(wish, patience)),
      });
      return create(deps, wish, wait, onProgress, lookups);
    },
    start: async (reference, patience, onProgress) => {
      const { start } = await import('./lifecycle/start.ts');
      const wait = waitFrom(patience);
      return inTime(reference, wait, (hurried) => start(hurried, reference, wait, onProgress));
    },
    stop: async (reference, patience, onProgress) => {
      const { stop } = await import('./lifecycle/stop.ts');
      const wait = waitFrom(patience);
      return inTime(reference, wait, (hurried) => stop(hurried, reference, wait, onProgress));
    },
    restart: async (reference, patience, onProgress) => {
      const { restart } = await import('./lifecycle/restart.ts');
      return restart(deps, reference, { ...patience, ...waitFrom(patience) }, onProgress);
    },
    restartJupyter: async (reference, patience, onProgress) => {
      const { restartJupyter } = await import('./jupyter/restarting-jupyter.ts');
      return restartJupyter(deps, reference, { ...patience, ...waitFrom(patience) }, onProgress);
    },
    waitFor: async (reference, { state, timeout }, onProgress) => {
      const { waitFor } = await import('./lifecycle/wait.ts');
      return waitFor(deps, reference, { state, deadline: now() + timeout }, onProgress);
    },
    certify: async (reference, wish, onProgress) => {
      const { certify } = await import('./https/install-certificate.ts');
      return certify(deps, reference, { ...wish, ...waitFrom(wish) }, onProgress);
    },
    remove: async (reference, patience, onProgress) => {
      const { remove } = await import('./lifecycle/delete.ts');
      const wait = waitFrom(patience);
      return inTime(reference, wait, (hurried) => remove(hurried, reference, wait, onProgress));
    },
  };
}

/** Milliseconds for the packages, where nobody has said how long to wait. */
async function extra(
  { requirements = [] }: CreateOptions,
  { isUsual = false, goal }: Patience,
): Promise<number> {
  if (requirements.length === 0 || !isUsual || goal !== 'ready') return 0;
  const { installationLimit } = await import('./first-boot/packages.ts');
  return installationLimit * 1_000;
}
