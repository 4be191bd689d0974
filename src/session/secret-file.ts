import { join } from 'node:path';
import { literal, object, record, safeParse, string } from 'valibot';
import { makePrivate, moveAway } from '../bounded-file.ts';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';
import type { SecretStore } from './session.ts';
import { readStateFile, withLock, writeStateFile } from './state-file.ts';

const schema = object({ version: literal(1), secrets: record(string(), string()) });

type Secrets = Readonly<Record<string, string>>;

/**
 * A store of plaintext secrets in a file with mode 0600, for machines without a keychain. Used only with
 * `session.store = "file"`.
 */
export function openSecretFile(
  world: Pick<World, 'platform' | 'userId' | 'interrupted'>,
  folder: string,
): SecretStore {
  const file = join(folder, 'secrets.json');

  const read = async (): Promise<Secrets> => {
    refuseWindows(world);
    const found = await readStateFile(file);
    if (found === undefined) return {};
    if ((found.mode & 0o077) !== 0) {
      throw unsafe(
        `${file} can be read by others, so its secrets are not used.`,
        makePrivate(file),
      );
    }
    if (found.owner !== world.userId) {
      throw unsafe(`${file} belongs to another user, so its secrets are not used.`);
    }
    return parse(found.text, file);
  };

  const change = (edit: (secrets: Secrets) => Secrets) =>
    withLock(file, world.interrupted, async () => {
      const secrets = edit(await read());
      await writeStateFile(file, `${JSON.stringify({ version: 1, secrets }, null, 2)}\n`);
    });

  return {
    kind: 'file',
    probe: () => change((secrets) => secrets),
    get: async (account) => {
      const secrets = await read();
      return Object.hasOwn(secrets, account) ? secrets[account] : undefined;
    },
    set: (account, secret) => change((secrets) => ({ ...secrets, [account]: secret })),
    delete: async (account) => {
      if (!Object.hasOwn(await read(), account)) return false;
      await change((secrets) => without(secrets, account));
      return true;
    },
  };
}

function parse(text: string, file: string): Secrets {
  try {
    const result = safeParse(schema, JSON.parse(text));
    if (result.success) return result.output.secrets;
  } catch {
    // Reported below, like JSON of another shape.
  }
  throw unsafe(`${file} is damaged, or was written by a newer nubes-nb.`, moveAway(file, 'broken'));
}

/** Windows has no file modes to protect the file. */
function refuseWindows({ platform }: Pick<World, 'platform'>): void {
  if (platform !== 'win32') return;
  throw unsafe(
    'On Windows, sessions are stored in the Credential Manager only.',
    'nubes-nb config set session.store keychain',
  );
}

function unsafe(message: string, hint?: string): NubesError {
  return new NubesError('KEYCHAIN_UNAVAILABLE', message, { hint });
}

function without(secrets: Secrets, account: string): Secrets {
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => name !== account));
}
