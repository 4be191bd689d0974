import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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
  const boots = await readBoots(stateFolder);
  if (boots[serverId] === boot) return;
  const { [serverId]: _old, ...others } = boots;
  const file = join(stateFolder, fileName);
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const kept = boot === undefined ? others : { ...others, [serverId]: boot };
  await writeFileAtomic(file, `${JSON.stringify(kept, undefined, 2)}\n`, { mode: 0o600 });
}

export async function earlierBootOf(
  stateFolder: string,
  serverId: string,
): Promise<string | undefined> {
  return (await readBoots(stateFolder))[serverId];
}

async function readBoots(stateFolder: string): Promise<Readonly<Record<string, string>>> {
  try {
    const found: unknown = JSON.parse(await readFile(join(stateFolder, fileName), 'utf8'));
    if (typeof found !== 'object' || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(isBoot));
  } catch {
    return {};
  }
}

function isBoot(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}
