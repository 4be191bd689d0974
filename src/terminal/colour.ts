import type { GlobalFlags, Screen, World } from '../world.ts';

/** Whether a stream gets colours; the first of `--no-color`, NO_COLOR, FORCE_COLOR and isTTY that is set decides. */
export function wantsColour(stream: Screen, { environment }: World, flags: GlobalFlags) {
  if (flags.color === false) return false;
  if (environment['NO_COLOR']) return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}
