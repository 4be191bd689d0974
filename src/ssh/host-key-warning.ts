import { Transform } from 'node:stream';

/** The beginning of ssh's warning, without line breaks. */
const warning =
  '@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@' +
  '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @';

/**
 * Passes ssh's stderr on, but drops the warning about a changed host key and all that follows: it names
 * files that the user does not know. `onWarning` gets it instead, in pieces.
 */
export function withoutHostKeyWarning(onWarning: (text: string) => void): Transform {
  // The output so far, as long as it may still become the warning.
  let pending: string | undefined = '';
  let isDropped = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (isDropped) {
        onWarning(chunk.toString('latin1'));
        return done();
      }
      if (pending === undefined) return done(null, chunk);
      pending += chunk.toString('latin1');
      const beginning = pending.replace(/[\r\n]/g, '');
      if (beginning.startsWith(warning)) {
        isDropped = true;
        onWarning(pending);
        return done();
      }
      if (warning.startsWith(beginning)) return done();
      const output = Buffer.from(pending, 'latin1');
      pending = undefined;
      return done(null, output);
    },
    flush(done) {
      const isComplete = isDropped || pending === undefined;
      done(null, isComplete ? undefined : Buffer.from(pending ?? '', 'latin1'));
    },
  });
}
