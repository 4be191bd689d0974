import { errorFrom, withoutStop } from '../../errors.ts';
import * as keypairs from '../../openstack/compute/keypairs.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { withDeadline } from '../../openstack/service.ts';
import type { Deps } from '../deps.ts';
import { isOwnKeyPair, keyPairName } from '../key-pair-name.ts';
import type { Notebook } from '../notebook.ts';
import { isBeingDeleted } from '../status.ts';

/** The deletion is done: what comes after it must not take long. */
const timeoutMs = 5_000;
/** Before 2.83 Nova lists all servers of the project, 1,000 a page. */
const maxPages = 5;

/**
 * Removes the key pairs that `create` imported for these notebooks, which are deleted, unless another server of the user
 * has them. A VM keeps its keys without the pair, and a create that misses it imports it again, so nothing depends on
 * the moment. Never throws.
 */
export async function removeUnusedKeyPairs(
  deps: Deps,
  deleted: readonly (Pick<Notebook, 'sshKey'> | null | undefined)[],
): Promise<void> {
  const names = new Set(deleted.map((notebook) => notebook?.sshKey.pair ?? ''));
  const { world, compute, note } = deps;
  const bounded = { ...deps, compute: withDeadline(compute, world.now().getTime() + timeoutMs) };
  for (const name of [...names].filter(isOwnKeyPair)) {
    try {
      if (await removeIfUnused(bounded, name)) {
        note(`removed the key pair ${name} from Nova, which no other VM of yours has.`);
      }
    } catch (error) {
      const { message } = errorFrom(error, world.interrupted);
      note(`the key pair ${name} stays in Nova: ${withoutStop(message)}.`);
    }
  }
}

async function removeIfUnused(deps: Deps, name: string): Promise<boolean> {
  if (await isInUse(deps, name)) return false;
  const pair = await keypairs.find(deps.compute, name);
  // A pair of this name with another key is not from `create`.
  if (pair === undefined || keyPairName({ line: pair.publicKey }) !== name) return false;
  return keypairs.remove(deps.compute, name);
}

/** Any server counts, as the user may name the pair for others as well. */
async function isInUse({ compute, owner }: Deps, keyName: string): Promise<boolean> {
  let pages = 0;
  for await (const page of servers.pagesByAge(compute, { userId: owner.id, keyName })) {
    if (page.some((server) => !isBeingDeleted(server))) return true;
    pages += 1;
    if (pages >= maxPages) return true;
  }
  return false;
}
