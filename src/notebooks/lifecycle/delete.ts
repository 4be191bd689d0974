import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { unpin } from '../../ssh/known-hosts.ts';
import { knownHostsFile } from '../connect/address.ts';
import type { Desk } from '../deps.ts';
import { rememberEarlierBoot } from '../earlier-boot.ts';
import { rethrowInTheWay, stillGoing } from '../errors.ts';
import { find } from '../find.ts';
import { isDirect, rememberCertificate } from '../https/certificate.ts';
import { nameOf, shortVm } from '../identity.ts';
import { type Outcome, outcomeOf } from '../outcome.ts';
import type { Enter, Wait } from '../patience.ts';
import { allowedChange } from '../rules.ts';
import { until, watching } from '../waiting.ts';

/** Deletes for good, and forgets the host key. Resolves once Nova no longer knows the server. */
export async function remove(
  desk: Desk,
  reference: string,
  { goal, deadline }: Wait,
  enter: Enter,
): Promise<Outcome> {
  const server = await find(desk, reference);
  const name = nameOf(server);
  allowedChange({ verb: 'delete', ifMissing: 'fail' }, name, server);
  enter({ name: 'deleting', detail: shortVm(server) });
  const releaseFloating = await preparedRelease(desk, server, enter);
  await servers.remove(desk.compute, server.id).catch(rethrowInTheWay(name));
  // At once: whoever stops watching must not leave one behind.
  if (await releaseFloating()) enter({ name: 'deleting', detail: shortVm(server) });
  const words = {
    message: `Stopped watching; ${name} goes on being deleted.`,
    hint: 'nubes-nb ls tells when it is gone.',
  };
  const gone = () => watching(desk.world, words, () => waitUntilGone(desk, server, deadline));
  const failure =
    goal === 'accepted' || (await gone()) ? undefined : stillGoing(name, 'deleting', 'delete');
  await forget(desk, server);
  const deleted: Server = { ...server, taskState: 'deleting' };
  return outcomeOf(
    desk,
    failure === undefined ? { server: deleted } : { server: deleted, failure },
  );
}

/** What there is to release can be told only while the VM has its port. */
async function preparedRelease(
  desk: Desk,
  server: Server,
  enter: Enter,
): Promise<() => Promise<boolean>> {
  const isFloating = server.addresses.some(({ type }) => type === 'floating');
  if (!isFloating && !isDirect(server)) return async () => false;
  const { floatingOf, release } = await import('../https/floating-ip.ts');
  const floating = await floatingOf(desk, server).catch(() => undefined);
  if (floating !== undefined) return () => release(desk, floating, enter);
  return async () => {
    desk.warn(
      `Neutron does not tell whether ${nameOf(server)} had a floating IP made for it: openstack floating ip list shows them.`,
    );
    return false;
  };
}

async function forget({ stateFolder, warn }: Desk, server: Server): Promise<void> {
  try {
    await unpin(knownHostsFile(stateFolder), server.id);
    await rememberEarlierBoot(stateFolder, server.id, undefined);
    await rememberCertificate(stateFolder, server.id, undefined);
  } catch {
    warn(`the host key of ${nameOf(server)} stays in the state folder, which cannot be written.`);
  }
}

async function waitUntilGone(desk: Desk, server: Server, deadline: number): Promise<boolean> {
  const gone = await until({ world: desk.world, deadline }, async () => {
    const found = await desk.lookout.server(server.id, { leaving: true });
    if (found?.status === 'ERROR' && found.taskState === null && server.status !== 'ERROR') {
      throw new NubesError(
        'SERVICE_ERROR',
        `Nova could not delete ${nameOf(server)}: ${found.fault?.message.trim() ?? 'it gives no reason'}.`,
        {
          hint: `nubes-nb delete ${nameOf(server)} tries again.`,
        },
      );
    }
    return found === undefined || /DELETED$/.test(found.status) ? true : undefined;
  });
  return gone === true;
}
