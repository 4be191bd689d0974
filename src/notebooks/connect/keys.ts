import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorFrom, NubesError, sentence } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { readGivenKey } from '../../ssh/given-key.ts';
import { fingerprintOf } from '../../ssh/key-digest.ts';
import { openKeyFiles } from '../../ssh/key-files.ts';
import type { Deps } from '../deps.ts';
import { metadataKeys } from '../identity.ts';
import { fingerprintOn } from '../key-file.ts';
import { rememberKeyFile } from '../local-state.ts';
import { deadlineOf } from '../waiting.ts';
import {
  type AuthorizedKey,
  type AuthorizedLine,
  addLine,
  authorizedKeysIn,
  printKeys,
  removeLines,
} from './authorized-keys.ts';
import {
  type RemoteScript,
  runScript,
  type ScriptLimits,
  type ScriptResult,
  scriptExit,
} from './script.ts';
import { requireSsh, type SshConnection } from './ssh-connection.ts';

/** A key of the owner's account on a VM. */
export interface LoginKey extends AuthorizedKey {
  /** Whether ssh has just logged in with it; null: ssh did not say with which. */
  readonly used: boolean | null;
}

export interface KeyChange {
  readonly notebook: string;
  readonly fingerprint: string;
  /** False: the account had it already. */
  readonly changed: boolean;
}

interface KeyOptions {
  /** For the whole command. */
  readonly timeoutMs: number;
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

export async function listKeys(
  deps: Deps,
  reference: string,
  options: KeyOptions,
): Promise<readonly LoginKey[]> {
  const limits = limitsOf(deps, options);
  const { keys, login } = await readKeys(deps, await requireSsh(deps, reference), limits);
  return keys.map(({ base64: _base64, ...key }) => ({
    ...key,
    used: login === undefined ? null : key.fingerprint === login,
  }));
}

/** Lets the one key in a file log in. Throws USAGE before anything is asked of the cloud. */
export async function addKey(
  deps: Deps,
  reference: string,
  file: string,
  options: KeyOptions,
): Promise<KeyChange> {
  const line = readGivenKey(deps.world.cwd, file);
  const limits = limitsOf(deps, options);
  const connection = await requireSsh(deps, reference);
  const printed = await changeKeys(deps, connection, { ...limits, text: addLine, input: line });
  return {
    notebook: connection.name,
    fingerprint: fingerprintOf(line),
    changed: !printed.stdout.includes('there'),
  };
}

interface RemoveOptions extends KeyOptions {
  /** Also the key that this computer logs in with. */
  readonly force: boolean;
}

/** `wanted`: fingerprint, file or comment. Throws NOT_FOUND, CONFLICT for a comment of several keys, and NOT_ALLOWED for the key of this login. */
export async function removeKey(
  deps: Deps,
  reference: string,
  given: string,
  { force, ...options }: RemoveOptions,
): Promise<KeyChange> {
  const wanted = fingerprintIn(deps, given);
  const limits = limitsOf(deps, options);
  const connection = await requireSsh(deps, reference);
  const { name, server } = connection;
  const { keys, login } = await readKeys(deps, connection, limits);
  const found = oneKey(name, keys, wanted);
  const { fingerprint, base64 } = found;
  if (!force && (login === undefined || login === fingerprint)) {
    throw ownKey(name, fingerprint, login);
  }
  await changeKeys(deps, connection, { ...limits, text: removeLines, input: base64 });
  await forgetKey(deps, server, fingerprint, {
    keys: keys.filter((key) => key.fingerprint !== fingerprint),
    login,
  });
  return { notebook: name, fingerprint, changed: true };
}

/** Records another of the remaining keys here and in Nova, where the removed one was recorded. */
async function forgetKey(
  deps: Deps,
  server: Server,
  removed: string,
  { keys, login }: KeysOnVm,
): Promise<void> {
  const fingerprints = keys.map(({ fingerprint }) => fingerprint);
  const fileOf = openKeyFiles(deps.world);
  const here = fingerprints.find((each) => fileOf(each) !== undefined);
  if (login === undefined || login === removed) {
    const file = here === undefined ? undefined : fileOf(here);
    await rememberKeyFile(deps, server.id, file);
  }
  if (fingerprintOn(server) !== removed) return;
  const next = fingerprints.find((each) => each === login) ?? here ?? fingerprints[0];
  const { compute, world, warn } = deps;
  const item = metadataKeys.key;
  const recorded =
    next === undefined
      ? servers.removeMetadata(compute, server.id, item)
      : servers.setMetadata(compute, server.id, { [item]: next });
  await recorded.catch((thrown: unknown) => {
    const error = errorFrom(thrown, world.interrupted);
    if (error.exit >= 130) throw error;
    warn(`the VM no longer has the key, but Nova still names it: ${error.message}`);
  });
}

/** Of a file; else the text itself. */
function fingerprintIn({ world }: Deps, given: string): string {
  const isFile = !given.startsWith('SHA256:') && existsSync(resolve(world.cwd, given));
  return isFile ? fingerprintOf(readGivenKey(world.cwd, given)) : given;
}

function oneKey(name: string, keys: readonly AuthorizedLine[], wanted: string): AuthorizedLine {
  const matching = keys.filter(
    ({ fingerprint, comment }) => fingerprint === wanted || comment === wanted,
  );
  const fingerprints = new Set(matching.map(({ fingerprint }) => fingerprint));
  const [key] = matching;
  if (key === undefined) {
    throw new NubesError('NOT_FOUND', `No key of ${name} has that fingerprint or comment.`, {
      hint: `nubes-nb key list ${name}`,
    });
  }
  if (fingerprints.size === 1) return key;
  throw new NubesError('CONFLICT', `${fingerprints.size} keys of ${name} have that comment.`, {
    hint: `use the fingerprint of one: ${[...fingerprints].join(', ')}`,
  });
}

function ownKey(name: string, fingerprint: string, login: string | undefined): NubesError {
  const why =
    login === undefined
      ? 'ssh did not say whether it logs in with this key'
      : 'this computer logs in with this key';
  return new NubesError('NOT_ALLOWED', `The key stays on ${name}: ${why}.`, {
    hint: `nubes-nb key remove ${name} ${fingerprint} --force; without another key here, this computer is locked out`,
  });
}

interface KeysOnVm {
  readonly keys: readonly AuthorizedLine[];
  /** The fingerprint of the key that ssh has logged in with. */
  readonly login: string | undefined;
}

async function readKeys(
  deps: Deps,
  connection: SshConnection,
  limits: ScriptLimits,
): Promise<KeysOnVm> {
  const { stdout, debug } = await runScript(deps, connection, {
    ...limits,
    ...keyWords(connection),
    text: printKeys,
    options: ['-v'],
  });
  const accepted = debug.flatMap(
    (line) => /^debug1: Server accepts key: .*(SHA256:[A-Za-z0-9+/]{43})/.exec(line)?.[1] ?? [],
  );
  return { keys: authorizedKeysIn(stdout), login: accepted.at(-1) };
}

interface KeyScript extends ScriptLimits {
  readonly text: string;
  /** A line. */
  readonly input: string;
}

function changeKeys(
  deps: Deps,
  connection: SshConnection,
  { input, ...script }: KeyScript,
): Promise<ScriptResult> {
  const mayBe = `the keys of ${connection.name} may have changed`;
  const words = keyWords(connection);
  return runScript(deps, connection, { ...script, ...words, input: `${input}\n`, mayBe });
}

function keyWords({ name }: SshConnection): Pick<RemoteScript, 'retry' | 'refusal'> {
  return {
    retry: `nubes-nb key list ${name}`,
    refusal: ({ exitCode, lastError }) =>
      exitCode === scriptExit.notFound
        ? new NubesError('NOT_FOUND', `The key was removed from ${name} meanwhile.`)
        : new NubesError(
            'SERVICE_ERROR',
            `The keys of ${name} are unchanged: ${sentence(lastError, `exit code ${exitCode}`)}`,
            { hint: `nubes-nb exec ${name} -- ls -la .ssh` },
          ),
  };
}

function limitsOf(deps: Deps, { timeoutMs, asks }: KeyOptions): ScriptLimits {
  return { deadline: deadlineOf(deps, { timeoutMs }), asks };
}
