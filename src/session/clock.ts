import type { Token } from '../openstack/identity/tokens.ts';
import type { World } from '../world.ts';
import { durationInWords } from './dates.ts';
import type { SavedSession } from './state.ts';

const toleranceMs = 120_000;

type Clock = Pick<World, 'now'>;

/** How far this computer's clock is ahead of Keystone's, which has just issued the token; 0 within the tolerance. */
function skewMs({ issuedAt }: Pick<Token, 'issuedAt'>, { now }: Clock): number {
  const aheadMs = issuedAt === undefined ? 0 : now().getTime() - issuedAt.getTime();
  return Math.abs(aheadMs) > toleranceMs ? aheadMs : 0;
}

/** The milliseconds to store with the session. A clock that is behind counts as 0: it only makes the session seem longer. */
export function clockAhead(token: Pick<Token, 'issuedAt'>, clock: Clock): number {
  return Math.max(0, skewMs(token, clock));
}

/**
 * The current time of Keystone's clock. If this computer's clock was corrected after the login, the
 * result is too early, and Keystone refuses what has expired.
 */
export function keystoneNow(session: Pick<SavedSession, 'clockAhead'>, { now }: Clock): Date {
  return new Date(now().getTime() - session.clockAhead);
}

/** A notice for the user if the clock is wrong. */
export function clockNotices(token: Pick<Token, 'issuedAt'>, clock: Clock): string[] {
  const aheadMs = skewMs(token, clock);
  if (aheadMs === 0) return [];
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  return [
    `This computer's clock is ${durationInWords(Math.abs(aheadMs))} ${direction} Keystone's, so times shown here are wrong; set the clock.`,
  ];
}
