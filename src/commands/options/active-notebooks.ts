import { type App, openApp } from '../../app.ts';
import { list as listNotebooks } from '../../notebooks/lifecycle/list.ts';
import type { Notebook } from '../../notebooks/notebook.ts';
import { withoutCredential } from '../../session/env.ts';

/** The environment's credential is nobody's to end: the login that was kept is meant. */
export function ofTheKeptLogin({ world, flags }: App): App {
  return openApp({ ...world, environment: withoutCredential(world.environment) }, flags);
}

/**
 * The kept login's notebooks. Undefined when they cannot be told within `patience` (milliseconds),
 * which keeps nobody in or out.
 */
export async function ownNotebooks(app: App, wait: number): Promise<Notebook[] | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(reject, wait);
  });
  const list = async () => listNotebooks(await app.deps());
  try {
    return await Promise.race([list(), late]);
  } catch {
    app.terminal.trace('The notebooks could not be counted.');
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** `thesis (creating), old-run (deleting)` */
export function named(notebooks: readonly Notebook[]): string {
  return notebooks.map(({ name, status }) => `${name} (${status})`).join(', ');
}
