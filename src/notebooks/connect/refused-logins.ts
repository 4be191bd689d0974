import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ProbeReply } from '../../ssh/jupyter-probe.ts';
import { parseRecord, readText, updateFile } from '../../ssh/shared-file.ts';
import type { Deps } from '../deps.ts';
import type { SshConnection } from './ssh-connection.ts';

/** sshd of OpenSSH 9.8 and later adds five seconds for a refused login, and locks an address out from 15 on. */
const firstPauseMs = 5_000;
const maxPauseMs = 60_000;
const maxAgeMs = 10 * maxPauseMs;
const maxLines = 5;
const maxLineLength = 200;

/** The answers of a probe that has logged in. */
export const afterLogin: readonly ProbeReply['answer'][] = [
  'answers',
  'jupyter down',
  'no TLS',
  'forwarding refused',
];

/** A login that sshd refused, by the id of its server. */
interface RefusedLogin {
  /** What would be offered; other keys may be accepted at once. */
  readonly keys: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly pauseMs: number;
  /** ssh's last lines; untrusted text. */
  readonly stderr: readonly string[];
}

/**
 * Probes unless sshd has just refused the same keys, in whatever process; then that answer is repeated. The pauses
 * get longer, up to a minute.
 */
export async function withPauses(
  deps: Deps,
  connection: SshConnection,
  probe: () => Promise<ProbeReply>,
): Promise<ProbeReply> {
  const { id } = connection.server;
  const file = refusedLoginsFile(deps.stateFolder);
  const keys = keysOf(deps, connection);
  const known = parseRecord(readText(file), isRefusedLogin)[id];
  const now = deps.world.now().getTime();
  if (known !== undefined && known.keys === keys && isWithin(known, now, known.pauseMs)) {
    return { answer: 'login', stderr: known.stderr, certificate: undefined };
  }
  const reply = await probe();
  const at = deps.world.now().getTime();
  const refused = { keys, at, pauseMs: pauseAfter(known, at), ...tailOf(reply) };
  // Without a state folder every process probes.
  if (reply.answer === 'login') await record(deps, id, refused).catch(() => {});
  else if (known !== undefined && afterLogin.includes(reply.answer)) {
    await record(deps, id, undefined).catch(() => {});
  }
  return reply;
}

export function refusedLoginsFile(stateFolder: string): string {
  return join(stateFolder, 'refused-logins.json');
}

function keysOf({ world }: Deps, { target: { user, keyFile } }: SshConnection): string {
  const file = keyFile === undefined ? '' : `${keyFile} ${changeOf(keyFile)}`;
  return `${user} ${file} ${world.environment['SSH_AUTH_SOCK'] ?? ''}`;
}

/** When the file or its permissions were last changed, in milliseconds since the epoch; 0 if that is unknown. */
function changeOf(file: string): number {
  try {
    return statSync(file).ctimeMs;
  } catch {
    return 0;
  }
}

function pauseAfter(known: RefusedLogin | undefined, now: number): number {
  const isRecent = known !== undefined && isWithin(known, now, maxAgeMs);
  return isRecent ? Math.min(maxPauseMs, known.pauseMs * 2) : firstPauseMs;
}

function tailOf({ stderr }: ProbeReply): Pick<RefusedLogin, 'stderr'> {
  return { stderr: stderr.slice(-maxLines).map((line) => line.slice(0, maxLineLength)) };
}

/** False for a time in the future too: the clock was set back. */
function isWithin({ at }: RefusedLogin, now: number, ms: number): boolean {
  return now >= at && now - at < ms;
}

/** Drops all that no longer matters, so the file stays small. */
async function record(
  { stateFolder, world }: Deps,
  id: string,
  refused: RefusedLogin | undefined,
): Promise<void> {
  const now = world.now().getTime();
  const edit = (text: string) => {
    const recent = Object.entries(parseRecord(text, isRefusedLogin)).filter(
      ([other, login]) => other !== id && isWithin(login, now, maxAgeMs),
    );
    const all = refused === undefined ? recent : [...recent, [id, refused]];
    return `${JSON.stringify(Object.fromEntries(all))}\n`;
  };
  await updateFile(refusedLoginsFile(stateFolder), edit, world.interrupted);
}

function isRefusedLogin(value: unknown): value is RefusedLogin {
  if (typeof value !== 'object' || value === null) return false;
  const { keys, at, pauseMs, stderr } = value as Record<string, unknown>;
  const isPause = typeof pauseMs === 'number' && pauseMs >= 0 && pauseMs <= maxPauseMs;
  const isText = Array.isArray(stderr) && stderr.every((line) => typeof line === 'string');
  return typeof keys === 'string' && typeof at === 'number' && isPause && isText;
}
