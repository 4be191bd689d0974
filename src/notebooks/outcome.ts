import type { NubesError } from '../errors.ts';
import type { Server } from '../openstack/compute/servers.ts';
import type { Desk } from './deps.ts';
import type { Notebook } from './notebook.ts';
import { presented } from './view.ts';

/** A notebook after a verb, and why it came no further than it did. */
export interface Outcome {
  readonly notebook: Notebook;
  readonly failure?: NubesError;
}

/** How far a notebook came. */
export interface Reached {
  readonly server: Server;
  /** Jupyter has answered, or was asked and did not. */
  readonly jupyter?: 'ready' | 'unreachable' | undefined;
  /** What the console told of its packages on the way. */
  readonly packages?: Notebook['packages'] | undefined;
  readonly failure?: NubesError;
}

export async function outcomeOf(desk: Desk, reached: Reached): Promise<Outcome> {
  const notebook = await presented(desk, reached.server);
  const { jupyter, packages = null } = reached;
  const isAsked = jupyter !== undefined && notebook.status === 'running';
  return {
    notebook: { ...notebook, packages, ...(isAsked ? { status: jupyter } : {}) },
    ...(reached.failure === undefined ? {} : { failure: reached.failure }),
  };
}
