import { NubesError } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { unpin } from '../../ssh/known-hosts.ts';
import { knownHostsFile } from '../connect/address.ts';
import type { Deps } from '../deps.ts';
import { rememberEarlierBoot } from '../earlier-boot.ts';
import { explainConflict, NotebookError, stillInProgress } from '../errors.ts';
import { find } from '../find.ts';
import { isDirect, rememberCertificate } from '../https/certificate.ts';
import { nameOf, shortVm } from '../identity.ts';
import type { Notebook } from '../notebook.ts';
import { allowedChange } from '../rules.ts';
import { toNotebook } from '../view.ts';
import {
  bounded,
  deadlineOf,
  type OnProgress,
  poll,
  resumable,
  type WaitOptions,
} from '../waiting.ts';

/** Deletes for good, and forgets the host key. Resolves once Nova no longer knows the server. */
export async function remove(
  deps: Deps,
  reference: string,
  wait: WaitOptions,
  onProgress: OnProgress,
): Promise<Notebook> {
  const deadline = deadlineOf(deps.world, wait);
  return bounded(deps, reference, deadline, (within) =>
    removeBefore(within, reference, { until: wait.until, deadline }, onProgress),
  );
}

async function removeBefore(
  deps: Deps,
  reference: string,
  { until, deadline }: Pick<WaitOptions, 'until'> & { readonly deadline: number },
  onProgress: OnProgress,
): Promise<Notebook> {
  const server = await find(deps, reference);
  const name = nameOf(server);
  allowedChange({ verb: 'delete', ifMissing: 'fail' }, name, server);
  onProgress({ name: 'deleting', detail: shortVm(server) });
  const releaseFloating = await preparedRelease(deps, server, onProgress);
  await servers.remove(deps.compute, server.id).catch(explainConflict(name));
  // At once: whoever stops watching must not leave one behind.
  if (await releaseFloating()) onProgress({ name: 'deleting', detail: shortVm(server) });
  const resume = {
    message: `Stopped waiting; ${name} is still being deleted.`,
    hint: 'nubes-nb ls',
  };
  const isDone =
    until === 'accepted' ||
    (await resumable(deps.world, resume, () => waitUntilGone(deps, server, deadline)));
  await forget(deps, server);
  const notebook = await toNotebook(deps, { ...server, taskState: 'deleting' });
  if (isDone) return notebook;
  throw new NotebookError(notebook, stillInProgress(name, 'deleting', 'delete'));
}

/** What there is to release can be told only while the VM has its port. */
async function preparedRelease(
  deps: Deps,
  server: Server,
  onProgress: OnProgress,
): Promise<() => Promise<boolean>> {
  const isFloating = server.addresses.some(({ type }) => type === 'floating');
  if (!isFloating && !isDirect(server)) return async () => false;
  const { floatingOf, release } = await import('../https/floating-ip.ts');
  const floating = await floatingOf(deps, server).catch(() => undefined);
  if (floating !== undefined) return () => release(deps, floating, onProgress);
  return async () => {
    deps.warn(
      `Neutron does not tell whether ${nameOf(server)} had a floating IP made for it: openstack floating ip list shows them.`,
    );
    return false;
  };
}

async function forget({ stateFolder, warn }: Deps, server: Server): Promise<void> {
  try {
    await unpin(knownHostsFile(stateFolder), server.id);
    await rememberEarlierBoot(stateFolder, server.id, undefined);
    await rememberCertificate(stateFolder, server.id, undefined);
  } catch {
    warn(`the host key of ${nameOf(server)} stays in the state folder, which cannot be written.`);
  }
}

async function waitUntilGone(deps: Deps, server: Server, deadline: number): Promise<boolean> {
  const gone = await poll({ world: deps.world, deadline }, async () => {
    const found = await deps.watcher.server(server.id, { beingDeleted: true });
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
