import type { Server } from '../openstack/compute/servers.ts';
import type { Done } from './batch/item.ts';
import type { IfExists } from './batch/order.ts';
import { decide } from './decision.ts';
import { nameOf } from './identity.ts';
import type { Desk, Enter, Patience } from './notebooks.ts';
import type { Outcome } from './outcome.ts';
import type { Verbs } from './verbs.ts';
import { presented, tokenUrl } from './view.ts';

/** What is wished for a name that may be taken, and for how long. */
export interface Settlement {
  readonly ifExists: IfExists;
  readonly patience: Patience;
}

/** A notebook that was there already. */
export interface Settled extends Done {
  readonly outcome: Outcome;
}

/** Does with the notebook that has the name already what its creation wished for. Throws NAME_TAKEN, WRONG_STATE. */
export async function settle(
  desk: Desk,
  verbs: Pick<Verbs, 'start'>,
  server: Server,
  { ifExists, patience }: Settlement,
  enter: Enter,
): Promise<Settled> {
  const intent = { verb: 'create', ifExists, goal: patience.goal } as const;
  const decision = decide(intent, nameOf(server), server);
  if ('refusal' in decision) throw decision.refusal;
  const outcome =
    ifExists === 'start'
      ? await verbs.start(server.id, patience, enter)
      : { notebook: await presented(desk, server) };
  // Another login's token cannot be told; the notebook is there all the same.
  const url = await tokenUrl(desk, server).catch(() => undefined);
  return { result: decision.change === 'start' ? 'started' : 'exists', outcome, url };
}
