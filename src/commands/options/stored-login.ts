import type { App } from '../../app.ts';
import type { Notebook } from '../../notebooks/notebook.ts';
import { withoutCredential } from '../../session/env.ts';

/** The same app with the stored login: a credential of the environment is not ours to revoke. */
export async function withStoredLogin({ world, flags }: App): Promise<App> {
  const { openApp } = await import('../../app.ts');
  return openApp({ ...world, environment: withoutCredential(world.environment) }, flags);
}

/**
 * The stored login's notebooks; undefined if they cannot be listed in time. A failure does not stop a
 * logout.
 */
export async function ownNotebooks(app: App, timeoutMs: number): Promise<Notebook[] | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(reject, timeoutMs);
  });
  const list = async () => {
    const { list: listNotebooks } = await import('../../notebooks/lifecycle/list.ts');
    return listNotebooks(await app.deps());
  };
  try {
    return await Promise.race([list(), late]);
  } catch {
    app.terminal.trace('The notebooks could not be listed.');
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** `thesis (creating), old-run (deleting)` */
export function namesWithStatus(notebooks: readonly Notebook[]): string {
  return notebooks.map(({ name, status }) => `${name} (${status})`).join(', ');
}
