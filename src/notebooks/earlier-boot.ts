import { readLocal, writeLocal } from './local-state.ts';

/**
 * Which boot the console told of before a server was started, by server id. `start` may be asked again
 * while the VM is on its way up, and must not take the old boot's word for the new one's.
 */
const file = 'boots.json';

export async function rememberEarlierBoot(
  stateFolder: string,
  serverId: string,
  boot: string | undefined,
): Promise<void> {
  await writeLocal(stateFolder, file, serverId, boot);
}

export function earlierBootOf(stateFolder: string, serverId: string): string | undefined {
  return readLocal(stateFolder, file)[serverId];
}
