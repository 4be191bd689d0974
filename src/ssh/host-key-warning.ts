import { Transform } from 'node:stream';

/** How ssh begins to tell of a changed host key. */
const alarm =
  '@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@' +
  '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @';

/**
 * Lets an ssh's errors through as they come, but for its alarm about a changed host key, which names
 * files that are none of the user's; `raised` is called instead, and what follows it is left out.
 */
export function withoutHostKeyWarning(raised: () => void): Transform {
  let held: string | undefined = '';
  let alarmed = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (alarmed) return done();
      if (held === undefined) return done(null, chunk);
      held += chunk.toString('latin1');
      const begun = held.replace(/[\r\n]/g, '');
      if (begun.startsWith(alarm)) {
        alarmed = true;
        raised();
        return done();
      }
      if (alarm.startsWith(begun)) return done();
      const text = Buffer.from(held, 'latin1');
      held = undefined;
      return done(null, text);
    },
    flush(done) {
      done(null, alarmed || held === undefined ? undefined : Buffer.from(held, 'latin1'));
    },
  });
}
