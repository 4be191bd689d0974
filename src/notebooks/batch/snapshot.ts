import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import { orphanedDuplicates } from '../create/duplicates.ts';
import type { Lookups } from '../create/lookups.ts';
import type { Deps } from '../deps.ts';
import { NoSuchNotebook } from '../errors.ts';
import { withFaults } from '../fault.ts';
import { requireOne, requireOwn } from '../find.ts';
import { nameOf, type Owner } from '../identity.ts';
import { readReference } from '../name.ts';
import { type Notebook, toNotebooks } from '../notebook.ts';
import { type Action, type Decision, decide } from '../rules.ts';

/** The owner's notebooks at one moment. */
export interface Snapshot {
  readonly all: readonly OwnNotebook[];
  /** Finds the notebook of a name or UUID, and what an action changes on it. Throws USAGE. */
  readonly match: (action: Action, reference: string) => Match;
}

export interface OwnNotebook {
  readonly server: Server;
  readonly notebook: Notebook;
}

export interface Match {
  readonly found: OwnNotebook | undefined;
  readonly decision: Decision;
  /** An interrupted creation left a second VM of this name, which creating it again removes. */
  readonly hasDuplicate: boolean;
}

export async function takeSnapshot(deps: Deps, lookups: Pick<Lookups, 'own'>): Promise<Snapshot> {
  const servers = await withFaults(deps.compute, await lookups.own());
  const notebooks = await toNotebooks(deps, servers);
  const all = notebooks.flatMap((notebook, index): OwnNotebook[] => {
    const server = servers[index];
    return server === undefined ? [] : [{ server, notebook }];
  });
  const orphans = await orphanedDuplicates(deps, servers);
  const { similarOf } = await import('../../settings/nearest.ts');
  const decideHere = (action: Action, name: string, server: Server | undefined): Decision => {
    const decision = decide(action, name, server);
    if (!(decision.error instanceof NoSuchNotebook)) return decision;
    const similar = similarOf(name, servers.map(nameOf));
    return { change: 'refused', error: new NoSuchNotebook(name, similar) };
  };
  const match = (action: Action, reference: string): Match => {
    const hasDuplicate =
      action.verb === 'create' && orphans.some((server) => nameOf(server) === reference);
    const candidates = hasDuplicate ? servers.filter((each) => !orphans.includes(each)) : servers;
    const server = findReferenced(deps.owner, candidates, reference);
    if (server instanceof NubesError) {
      return { found: undefined, decision: { change: 'refused', error: server }, hasDuplicate };
    }
    const found = all.find((each) => each.server === server);
    const name = server === undefined ? bareName(reference) : nameOf(server);
    return { found, decision: decideHere(action, name, server), hasDuplicate };
  };
  return { all, match };
}

function bareName(text: string): string {
  const reference = readReference(text);
  return reference.kind === 'id' ? text : reference.name;
}

/** The server of a name or UUID; the error of an ambiguous name, or of one that is not the owner's. */
function findReferenced(
  owner: Owner,
  servers: readonly Server[],
  text: string,
): Server | undefined | NubesError {
  const reference = readReference(text);
  if (reference.kind === 'id') return servers.find(({ id }) => id === reference.id);
  const named = servers.filter((server) => nameOf(server) === reference.name);
  try {
    requireOwn(owner, reference);
    if (named.length === 0) return undefined;
    return requireOne(named, reference.name);
  } catch (error) {
    if (error instanceof NubesError) return error;
    throw error;
  }
}
