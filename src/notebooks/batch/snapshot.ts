import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { orphanedDuplicates } from '../create/duplicates.ts';
import type { Lookups } from '../create/lookups.ts';
import type { Deps } from '../deps.ts';
import { requireOne } from '../find.ts';
import { nameOf } from '../identity.ts';
import { readReference } from '../name.ts';
import type { Notebook } from '../notebook.ts';
import { type Decision, decide, type Intended } from '../rules.ts';
import { toNotebooks } from '../view.ts';

/** A notebook of one's own, as Nova listed it and as people see it. */
export interface Match {
  readonly server: Server;
  readonly notebook: Notebook;
}

/** The owner's notebooks, as a plan sees them. */
export interface Snapshot {
  readonly all: readonly Match[];
  /** What is wished for a name or UUID, the notebook it means, and what that comes to. Throws USAGE. */
  readonly decided: (intent: Intended, text: string) => Verdict;
}

export interface Verdict {
  readonly listed: Match | undefined;
  readonly decision: Decision;
  /** A creation of the name removes a VM that an earlier one left second. */
  readonly isTwice: boolean;
}

export async function takeSnapshot(deps: Deps, lookups: Pick<Lookups, 'own'>): Promise<Snapshot> {
  const servers = await lookups.own();
  const notebooks = await toNotebooks(deps, servers);
  const all = notebooks.flatMap((notebook, index): Match[] => {
    const server = servers[index];
    return server === undefined ? [] : [{ server, notebook }];
  });
  const left = await orphanedDuplicates(deps, servers);
  const decided = (intent: Intended, text: string): Verdict => {
    const isTwice = intent.verb === 'create' && left.some((server) => nameOf(server) === text);
    const meant = meantBy(isTwice ? servers.filter((each) => !left.includes(each)) : servers, text);
    if (meant instanceof NubesError) {
      return { listed: undefined, decision: { refusal: meant }, isTwice };
    }
    const listed = all.find(({ server }) => server === meant);
    const name = meant === undefined ? text : nameOf(meant);
    return { listed, decision: decide(intent, name, meant), isTwice };
  };
  return { all, decided };
}

/** The server that a name or UUID means; a refusal where two have the name. */
function meantBy(servers: readonly Server[], text: string): Server | undefined | NubesError {
  const reference = readReference(text);
  if (reference.kind === 'id') return servers.find(({ id }) => id === reference.id);
  try {
    const all = servers.filter((server) => nameOf(server) === reference.name);
    return all.length === 0 ? undefined : requireOne(all, reference.name);
  } catch (error) {
    if (error instanceof NubesError) return error;
    throw error;
  }
}
