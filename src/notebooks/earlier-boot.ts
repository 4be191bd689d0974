import { join } from 'node:path';
import { changeFile, textOf } from '../ssh/changed-file.ts';

/**
 * Which boot the console told of before a server was started, by server id. `start` may be asked again
 * while the VM is on its way up, and must not take the old boot's word for the new one's.
 */
const fileName = 'boots.json';

export async function rememberEarlierBoot(
  stateFolder: string,
  serverId: string,
  boot: string | undefined,
): Promise<void> {
  if ((await earlierBootOf(stateFolder, serverId)) === boot) return;
  await changeFile(join(stateFolder, fileName), (text) => {
    const { [serverId]: _old, ...others } = bootsIn(text);
    const kept = boot === undefined ? others : { ...others, [serverId]: boot };
    return `${JSON.stringify(kept, undefined, 2)}\n`;
  });
}

export async function earlierBootOf(
  stateFolder: string,
  serverId: string,
): Promise<string | undefined> {
  return bootsIn(await textOf(join(stateFolder, fileName)))[serverId];
}

function bootsIn(text: string): Readonly<Record<string, string>> {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(isBoot));
  } catch {
    return {};
  }
}

function isBoot(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}
