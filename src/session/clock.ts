import type { Token } from '../openstack/identity/tokens.ts';
import type { World } from '../world.ts';
import { span } from './dates.ts';
import type { SavedSession } from './state.ts';

/** Clocks that differ by less (milliseconds) do no harm. */
const tolerance = 120_000;

type Clock = Pick<World, 'now'>;

/** Milliseconds by which this computer's clock is ahead of Keystone's, which has just given the token. */
function skew({ issuedAt }: Pick<Token, 'issuedAt'>, { now }: Clock): number {
  const ahead = issuedAt === undefined ? 0 : now().getTime() - issuedAt.getTime();
  return Math.abs(ahead) > tolerance ? ahead : 0;
}

/** What to remember of a clock that is wrong; one that is behind only makes a session seem longer. */
export function clockAhead(token: Pick<Token, 'issuedAt'>, clock: Clock): number {
  return Math.max(0, skew(token, clock));
}

/**
 * Now by Keystone's clock, as far as it is known. Should our own have been set right since the login,
 * this is too early, and Keystone is asked what has ended.
 */
export function keystoneNow(session: Pick<SavedSession, 'clockAhead'>, { now }: Clock): Date {
  return new Date(now().getTime() - session.clockAhead);
}

/** Sentences for somebody whose clock is wrong. */
export function clockNotices(token: Pick<Token, 'issuedAt'>, clock: Clock): string[] {
  const ahead = skew(token, clock);
  if (ahead === 0) return [];
  const way = ahead > 0 ? 'ahead of' : 'behind';
  return [
    `This computer's clock is ${span(Math.abs(ahead))} ${way} Keystone's: set it right, as times shown here are wrong.`,
  ];
}
