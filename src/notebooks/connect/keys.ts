import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorFrom, interruption, NubesError, sentence } from '../../errors.ts';
import type { Server } from '../../openstack/compute/servers.ts';
import * as servers from '../../openstack/compute/servers.ts';
import { runPiped, sshArgv } from '../../ssh/client.ts';
import { readGivenKey } from '../../ssh/given-key.ts';
import { fingerprintOf } from '../../ssh/key-digest.ts';
import { findKeyFile } from '../../ssh/key-files.ts';
import type { Deps } from '../deps.ts';
import { metadataKeys } from '../identity.ts';
import { fingerprintOn } from '../key-file.ts';
import { rememberKeyFile } from '../local-state.ts';
import {
  type AuthorizedKey,
  type AuthorizedLine,
  addLine,
  authorizedKeysIn,
  printKeys,
  removeLines,
} from './authorized-keys.ts';
import { scriptArgv, scriptExit } from './exec.ts';
import { requireSsh, type SshConnection } from './ssh-connection.ts';
import { sshFailure } from './ssh-failure.ts';

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
  /** False: ssh may not ask for a passphrase. */
  readonly asks: boolean;
}

export async function listKeys(
  deps: Deps,
  reference: string,
  options: KeyOptions,
): Promise<readonly LoginKey[]> {
  const { keys, login } = await readKeys(deps, await requireSsh(deps, reference), options);
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
  const line = readGivenKey(resolve(deps.world.cwd, file), file);
  const connection = await requireSsh(deps, reference);
  const printed = await run(deps, connection, { ...options, script: addLine, input: line });
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
  const connection = await requireSsh(deps, reference);
  const { name, server } = connection;
  const { keys, login } = await readKeys(deps, connection, options);
  const found = oneKey(name, keys, wanted);
  const { fingerprint, base64 } = found;
  if (!force && (login === undefined || login === fingerprint)) {
    throw ownKey(name, fingerprint, login);
  }
  await run(deps, connection, { ...options, script: removeLines, input: base64 });
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
  const here = fingerprints.find((each) => findKeyFile(deps.world, each) !== undefined);
  if (login === undefined || login === removed) {
    const file = here === undefined ? undefined : findKeyFile(deps.world, here);
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
  const file = resolve(world.cwd, given);
  if (given.startsWith('SHA256:') || !existsSync(file)) return given;
  return fingerprintOf(readGivenKey(file, given));
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
  { asks }: KeyOptions,
): Promise<KeysOnVm> {
  const { stdout, debug } = await run(deps, connection, { asks, script: printKeys });
  const accepted = debug.flatMap(
    (line) => /^debug1: Server accepts key: .*(SHA256:[A-Za-z0-9+/]{43})/.exec(line)?.[1] ?? [],
  );
  return { keys: authorizedKeysIn(stdout), login: accepted.at(-1) };
}

interface Script extends KeyOptions {
  readonly script: string;
  /** A line. */
  readonly input?: string;
}

const maxLines = 2_000;

async function run(
  deps: Deps,
  connection: SshConnection,
  { script, input, asks }: Script,
): Promise<{ readonly stdout: readonly string[]; readonly debug: readonly string[] }> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const collect = (lines: string[]) => (line: string) => {
    if (lines.length < maxLines) lines.push(line);
  };
  const argv = sshArgv(connection, { options: ['-v'], command: scriptArgv(script), asks });
  const { exitCode } = await runPiped(argv, deps.world, collect(stdout), {
    input: input === undefined ? undefined : `${input}\n`,
    onStderrLine: collect(stderr),
  });
  const { name } = connection;
  const { interrupted } = deps.world;
  if (interrupted.aborted) {
    throw interruption(
      interrupted,
      `Stopped waiting; the keys of ${name} may have changed.`,
      `nubes-nb key list ${name}`,
    );
  }
  const [debug, said] = [stderr.filter(isDebug), stderr.filter((line) => !isDebug(line))];
  if (exitCode === 0) return { stdout, debug };
  if (exitCode === 255) throw await sshFailure(deps, connection, said);
  if (exitCode === scriptExit.notFound) {
    throw new NubesError('NOT_FOUND', `The key was removed from ${name} meanwhile.`);
  }
  throw new NubesError(
    'SERVICE_ERROR',
    `The keys of ${name} are unchanged: ${sentence(said.at(-1), `exit code ${exitCode}`)}`,
    { hint: `nubes-nb exec ${name} -- ls -la .ssh` },
  );
}

function isDebug(line: string): boolean {
  return /^(?:debug[123]: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: )/.test(line);
}
