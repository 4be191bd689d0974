import * as servers from '../../openstack/compute/servers.ts';
import type { Deps } from '../deps.ts';
import { rememberEarlierBoot } from '../earlier-boot.ts';
import { find } from '../find.ts';
import { nameOf, shortVm } from '../identity.ts';
import { type ActionResult, actionResult } from '../outcome.ts';
import type { OnProgress, Wait } from '../patience.ts';
import { readConsoleOnce } from '../readiness/console-reader.ts';
import { lookAt, waitUntilReady } from '../readiness/wait-until-ready.ts';
import { allowedChange } from '../rules.ts';
import { watching } from '../waiting.ts';
import { act } from './nova-action.ts';

/** Boots a running notebook's VM again. Ready means the new boot: the old one's word does not count. */
export async function restart(
  deps: Deps,
  reference: string,
  { hard, goal, deadline }: Wait & { readonly hard: boolean },
  onProgress: OnProgress,
): Promise<ActionResult> {
  const server = await find(deps, reference);
  const name = nameOf(server);
  allowedChange({ verb: 'restart', hard }, name, server);
  const earlierBoot = (await readConsoleOnce(deps, server))?.boot;
  await rememberEarlierBoot(deps.stateFolder, server.id, earlierBoot).catch(() => {});
  onProgress({ name: 'restarting', detail: shortVm(server) });
  const reboot = (compute: Deps['compute'], id: string) =>
    servers.reboot(compute, id, hard ? 'HARD' : 'SOFT');
  await act(deps, server, reboot, () => false, deadline);

  const words = {
    message: `Stopped watching; ${name} goes on restarting.`,
    hint: `nubes-nb wait ${name} waits until it is ready.`,
  };
  return watching(deps.world, words, async () => {
    const look = lookAt(deps, server);
    const first = await look();
    if (goal === 'accepted') return actionResult(deps, { server: first });
    return actionResult(
      deps,
      await waitUntilReady(deps, first, { goal, deadline, onProgress, look, earlierBoot }),
    );
  });
}
