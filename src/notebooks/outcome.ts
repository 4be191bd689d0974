import type { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import type { Deps } from './deps.ts';
import type { Notebook } from './notebook.ts';
import { toNotebook } from './view.ts';

/** A notebook after a verb, and why it came no further than it did. */
export interface ActionResult {
  readonly notebook: Notebook;
  readonly failure?: NubesError;
}

/** How far a notebook came. */
export interface Readiness {
  readonly server: Server;
  /** Jupyter has answered, or was asked and did not. */
  readonly jupyter?: 'ready' | 'unreachable' | undefined;
  /** What the console told of its packages on the way. */
  readonly packages?: Notebook['packages'] | undefined;
  readonly failure?: NubesError;
}

export async function actionResult(deps: Deps, reached: Readiness): Promise<ActionResult> {
  const notebook = await toNotebook(deps, reached.server);
  const { jupyter, packages = null } = reached;
  const isAsked = jupyter !== undefined && notebook.status === 'running';
  return {
    notebook: { ...notebook, packages, ...(isAsked ? { status: jupyter } : {}) },
    ...(reached.failure === undefined ? {} : { failure: reached.failure }),
  };
}
