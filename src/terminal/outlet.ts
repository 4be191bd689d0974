import { NubesError } from '../errors.ts';
import type { OutputStream } from '../world.ts';

/** Streams whose reader went away (`| head`): what is written to them later is dropped. */
const deserted = new WeakSet<OutputStream>();
const guarded = new WeakSet<OutputStream>();

const readerGone = new Set([
  'EPIPE',
  'EIO',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/** Keeps a lost reader from ending the program with a stack. */
export function guard(stream: OutputStream): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  // Other errors reach the callback of the write they belong to.
  stream.on('error', (error) => noteDesertion(stream, error));
}

/**
 * Writes and resolves when the stream has taken the text, or has lost its reader. Throws
 * CONFIGURATION when it cannot be written for another reason (a full disk).
 */
export function write(stream: OutputStream, text: string): Promise<void> {
  if (deserted.has(stream) || text === '') return Promise.resolve();
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error || noteDesertion(stream, error)) resolve();
      else reject(unwritable(error));
    });
  });
}

function noteDesertion(stream: OutputStream, error: Error): boolean {
  if (!readerGone.has(codeOf(error))) return false;
  deserted.add(stream);
  return true;
}

function unwritable(error: Error): NubesError {
  const code = codeOf(error) || 'no reason given';
  const reason = code === 'ENOSPC' ? 'the disk is full' : code;
  return new NubesError('CONFIGURATION', `The output cannot be written: ${reason}.`, {
    hint: 'make room, or send the output elsewhere',
  });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
