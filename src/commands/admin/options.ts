import { setMaxListeners } from 'node:events';
import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { NubesError, shortList } from '../../errors.ts';
import type { AdminDeps, Selection } from '../../notebooks/admin/list.ts';
import { parseDurationWithUnit } from '../../settings/duration.ts';

/** Whose notebooks an admin command looks at. */
export interface AdminFlags {
  readonly project?: string;
  readonly user?: string;
}

export function declareProject(command: Command): Command {
  return command.option('--project <project>', 'only this project, by name or id (default: all)');
}

/** The services for an admin command. Prints on stderr with which identity it acts. */
export async function adminDeps(app: App): Promise<AdminDeps> {
  // One for each of its requests at a time.
  setMaxListeners(0, app.world.interrupted);
  const session = await app.session();
  const http = await app.http();
  const { keystoneOf } = await import('../../session/services.ts');
  const { compute, network, image, project, owner, warn, world } = await app.deps();
  const { caller } = await app.cloud();
  const roles = await caller.roles();
  const as = `${session.user.name} of ${session.user.domain} in project ${project.name}`;
  app.terminal.info(`Acting as ${as}; roles: ${shortList(roles, 6)}.`);
  const identity = keystoneOf(http, session, caller);
  const { now } = session;
  return { compute, network, image, identity, now, roles, project, owner, warn, world };
}

export async function selectionFrom(
  deps: AdminDeps,
  { project, user }: AdminFlags,
): Promise<Selection> {
  if (project === undefined) return { user };
  const { projectIdOf } = await import('../../notebooks/admin/project.ts');
  return { user, projectId: await projectIdOf(deps, project) };
}

/** The milliseconds of `--older-than`. Throws USAGE unless it is a duration with a unit. */
export function ageFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ageMs = parseDurationWithUnit(text);
  if (ageMs !== undefined) return ageMs;
  throw new NubesError('USAGE', `'${text}' is not an age.`, {
    hint: '--older-than takes a number with s, m, h or d: 90d',
  });
}

const maxReasonLength = 150;

/** One line for the owner. Throws USAGE. */
export function reasonFrom(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= maxReasonLength && !/\p{Control}/u.test(reason))
    return reason;
  throw new NubesError('USAGE', `--reason takes one line of 1 to ${maxReasonLength} characters.`, {
    hint: 'the owner reads it in nubes-nb show',
  });
}
