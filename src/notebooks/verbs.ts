import type { Created } from './create/create.ts';
import type { Survey } from './create/lookups.ts';
import type { Wish } from './create/submit.ts';
import type { Desk } from './deps.ts';
import type { Installation } from './https/install-certificate.ts';
import type { AwaitedState } from './lifecycle/wait.ts';
import type { Outcome } from './outcome.ts';
import type { Enter, Patience, Wait } from './patience.ts';

/** What can be done to one notebook, by name or UUID. Each waits for as much as is wanted. */
export interface Verbs {
  /** With a survey, what it has looked up is not looked up again. */
  readonly create: (
    wish: Wish,
    patience: Patience,
    enter: Enter,
    survey?: Survey,
  ) => Promise<Created>;
  readonly start: (reference: string, patience: Patience, enter: Enter) => Promise<Outcome>;
  readonly stop: (reference: string, patience: Patience, enter: Enter) => Promise<Outcome>;
  readonly restart: (
    reference: string,
    patience: Patience & { readonly hard: boolean },
    enter: Enter,
  ) => Promise<Outcome>;
  /** Starts Jupyter anew and leaves the VM on; `asks` is false when ssh may not ask. */
  readonly restartJupyter: (
    reference: string,
    patience: Patience & { readonly asks: boolean },
    enter: Enter,
  ) => Promise<Outcome>;
  /** Waits for a state and does nothing else; `timeout` is in milliseconds. */
  readonly waitFor: (
    reference: string,
    expected: { readonly state: AwaitedState; readonly timeout: number },
    enter: Enter,
  ) => Promise<Outcome>;
  /** Puts the site's certificate on a direct notebook; `asks` is false when ssh may not ask. */
  readonly certify: (
    reference: string,
    wish: Patience & Omit<Installation, 'deadline'>,
    enter: Enter,
  ) => Promise<Outcome>;
  /** Deletes for good; resolves when Nova says that it is gone. */
  readonly remove: (reference: string, patience: Patience, enter: Enter) => Promise<Outcome>;
}

export function verbsOf(desk: Desk): Verbs {
  const now = () => desk.world.now().getTime();
  const waitFrom = ({ goal, timeout }: Patience): Wait => ({ goal, deadline: now() + timeout });
  const inTime = async <Result>(
    reference: string,
    { deadline }: Wait,
    work: (desk: Desk) => Promise<Result>,
  ): Promise<Result> => {
    const { bounded } = await import('./deadline.ts');
    return bounded(desk, { reference, deadline }, work);
  };
  return {
    create: async (wish, patience, enter, survey) => {
      const { create } = await import('./create/create.ts');
      const wait = waitFrom({
        ...patience,
        timeout: patience.timeout + (await extra(wish, patience)),
      });
      return create(desk, wish, wait, enter, survey);
    },
    start: async (reference, patience, enter) => {
      const { start } = await import('./lifecycle/start.ts');
      const wait = waitFrom(patience);
      return inTime(reference, wait, (hurried) => start(hurried, reference, wait, enter));
    },
    stop: async (reference, patience, enter) => {
      const { stop } = await import('./lifecycle/stop.ts');
      const wait = waitFrom(patience);
      return inTime(reference, wait, (hurried) => stop(hurried, reference, wait, enter));
    },
    restart: async (reference, patience, enter) => {
      const { restart } = await import('./lifecycle/restart.ts');
      return restart(desk, reference, { ...patience, ...waitFrom(patience) }, enter);
    },
    restartJupyter: async (reference, patience, enter) => {
      const { restartJupyter } = await import('./jupyter/restarting-jupyter.ts');
      return restartJupyter(desk, reference, { ...patience, ...waitFrom(patience) }, enter);
    },
    waitFor: async (reference, { state, timeout }, enter) => {
      const { waitFor } = await import('./lifecycle/wait.ts');
      return waitFor(desk, reference, { state, deadline: now() + timeout }, enter);
    },
    certify: async (reference, wish, enter) => {
      const { certify } = await import('./https/install-certificate.ts');
      return certify(desk, reference, { ...wish, ...waitFrom(wish) }, enter);
    },
    remove: async (reference, patience, enter) => {
      const { remove } = await import('./lifecycle/delete.ts');
      const wait = waitFrom(patience);
      return inTime(reference, wait, (hurried) => remove(hurried, reference, wait, enter));
    },
  };
}

/** Milliseconds for the packages, where nobody has said how long to wait. */
async function extra(
  { requirements = [] }: Wish,
  { isUsual = false, goal }: Patience,
): Promise<number> {
  if (requirements.length === 0 || !isUsual || goal !== 'ready') return 0;
  const { installationLimit } = await import('./first-boot/packages.ts');
  return installationLimit * 1_000;
}
