import { NubesError } from '../errors.ts';
import { sshReleaseFile } from '../notebooks/local-state.ts';
import type { Settings } from '../settings/settings.ts';
import { findKey, mayHaveLoginKey } from '../ssh/keys.ts';
import { sshFault, sshRelease } from '../ssh/program.ts';
import { keyType } from '../ssh/public-key.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';
import { type Finding, failed, ok, warning } from './check.ts';

/** As in package.json. */
const oldestNode = [20, 19] as const;

export function checkProgram({ nodeVersion, bunVersion, platform, architecture }: World): Finding {
  const runtime = bunVersion === undefined ? `Node ${nodeVersion}` : `bun ${bunVersion}`;
  const detail = `nubes-nb ${version}, ${runtime}, ${platform}-${architecture}`;
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  const isOld = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  if (bunVersion !== undefined || !isOld) return ok(detail);
  const message = `${detail}: Node is older than ${oldestNode.join('.')}.`;
  return failed(new NubesError('CONFIGURATION', message, { hint: 'install a newer Node.js' }));
}

export async function checkSsh(stateFolder: string, world: World): Promise<Finding> {
  const release = await sshRelease(sshReleaseFile(stateFolder), world);
  if (release !== undefined) return ok(`OpenSSH ${release.join('.')}`);
  const fault = await sshFault(world);
  if (fault !== undefined) throw fault;
  throw new NubesError('CONFIGURATION', 'No ssh on the PATH says that it is OpenSSH.', {
    hint: "install OpenSSH's client, or put its folder on the PATH",
  });
}

export async function checkKey({ notebook }: Settings, world: World): Promise<Finding> {
  const key = await findKey(world, notebook.keyFile);
  if (key === undefined) {
    throw new NubesError('CONFIGURATION', 'There is no SSH key in ~/.ssh or in your SSH agent.', {
      hint: 'ssh-keygen -t ed25519',
    });
  }
  const where = key.identity ?? 'the one that ssh offers';
  const detail = `${keyType(key.line)}, ${where}`;
  if (await mayHaveLoginKey(world, key.identity)) return ok(detail);
  return warning(
    `${detail}; only its public half is here, and there is no SSH agent`,
    'ssh-add FILE, or copy the private key beside the public one',
  );
}
