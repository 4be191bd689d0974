import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  array,
  boolean,
  isoTimestamp,
  literal,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  record,
  safeParse,
  string,
  unknown,
} from 'valibot';
import { moveAway } from '../bounded-file.ts';
import { NubesError } from '../errors.ts';
import { readStateFile, withLock, writeStateFile } from './state-file.ts';

const savedSession = object({
  account: string(),
  authUrl: string(),
  region: nullable(string()),
  user: object({ id: string(), name: string(), domain: string() }),
  project: object({ id: string(), name: string() }),
  roles: array(string()),
  method: picklist(['application_credential', 'token']),
  credential: nullable(object({ id: string(), name: nullable(string()) })),
  /** The credential allows certain calls only. */
  accessRules: optional(boolean(), false),
  store: picklist(['keychain', 'file']),
  expiresAt: nullable(pipe(string(), isoTimestamp())),
  /** Milliseconds by which this computer's clock was ahead of Keystone's at login. */
  clockAhead: optional(number(), 0),
  /** The groups of `limits.by_group` that the user was in at login. */
  groups: optional(array(string()), []),
  /** A logout has ended the login, and could not delete its secret. */
  hasEnded: optional(boolean(), false),
  /** The CA file that the login named; the settings' one counts first. */
  caFile: optional(nullable(string()), null),
  endpoints: object({ identity: string(), compute: string(), image: string(), network: string() }),
  computeVersions: object({ minimum: string(), maximum: string() }),
});

/** A stored login without its secret. Times are RFC 3339. */
export type SavedSession = ReturnType<typeof parseSession>;

const stateSchema = object({ version: literal(1), sessions: record(string(), unknown()) });

type Sessions = Readonly<Record<string, unknown>>;

/** The stored login of a context; undefined if there is none. */
export async function readSession(
  folder: string,
  context: string,
): Promise<SavedSession | undefined> {
  const sessions = await readSessions(sessionFile(folder));
  return Object.hasOwn(sessions, context) ? parseSession(sessions[context], folder) : undefined;
}

/** All contexts with a login. */
export async function loggedInContexts(folder: string): Promise<string[]> {
  return Object.keys(await readSessions(sessionFile(folder)));
}

/** Logins by context. */
export type Logins = Readonly<Record<string, SavedSession>>;

/** The logins that share the secret of this account. */
export async function loginsOf(folder: string, account: string): Promise<Logins> {
  const sessions = await readSessions(sessionFile(folder));
  const logins = Object.entries(sessions).map(
    ([context, value]) => [context, parseSession(value, folder)] as const,
  );
  return Object.fromEntries(logins.filter(([, login]) => login.account === account));
}

/** Adds, replaces or (undefined) removes the logins of these contexts. */
export async function changeSessions(
  folder: string,
  changes: Readonly<Record<string, SavedSession | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  const file = sessionFile(folder);
  await withLock(file, signal, async () => {
    await writeSessions(file, { ...(await readSessions(file)), ...changes });
  });
}

/** Records that these logins have ended, but nothing of one that another process has replaced since. */
export async function recordEnd(
  folder: string,
  logins: Logins,
  signal: AbortSignal,
): Promise<void> {
  const file = sessionFile(folder);
  await withLock(file, signal, async () => {
    const sessions = await readSessions(file);
    const ended = Object.entries(logins)
      .filter(
        ([context, login]) =>
          Object.hasOwn(sessions, context) &&
          isDeepStrictEqual(parseSession(sessions[context], folder), login),
      )
      .map(([context, login]) => [context, { ...login, hasEnded: true }]);
    await writeSessions(file, { ...sessions, ...Object.fromEntries(ended) });
  });
}

/** Throws CONFIGURATION if session.json is damaged or was written by a newer version. */
export async function checkState(folder: string): Promise<void> {
  await readSessions(sessionFile(folder));
}

export function sessionFile(folder: string): string {
  return join(folder, 'session.json');
}

async function readSessions(file: string): Promise<Sessions> {
  const found = await readStateFile(file);
  if (found === undefined) return {};
  const parsed = parseJson(found.text);
  const state = safeParse(stateSchema, parsed);
  if (state.success) return state.output.sessions;
  if (versionOf(parsed) > 1) {
    throw new NubesError('CONFIGURATION', `${file} was written by a newer nubes-nb.`, {
      hint: 'update nubes-nb, or log in with another XDG_STATE_HOME',
    });
  }
  throw damaged(file);
}

async function writeSessions(file: string, sessions: Sessions): Promise<void> {
  await writeStateFile(file, `${JSON.stringify({ version: 1, sessions }, null, 2)}\n`);
}

function parseSession(value: unknown, folder: string) {
  const saved = safeParse(savedSession, value);
  if (!saved.success) throw damaged(sessionFile(folder));
  return saved.output;
}

function damaged(file: string): NubesError {
  return new NubesError('CONFIGURATION', `${file} is damaged: nubes-nb cannot read it.`, {
    hint: `move it away and log in again: ${moveAway(file, 'broken')} && nubes-nb login`,
  });
}

function versionOf(parsed: unknown): number {
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) return 0;
  return typeof parsed.version === 'number' ? parsed.version : 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
