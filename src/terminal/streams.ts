import { addAbortSignal } from 'node:stream';
import { cancellation, NubesError, systemCode } from '../errors.ts';
import type { OutputStream, World } from '../world.ts';

/**
 * All of stdin as UTF-8 text. Throws USAGE beyond `maxBytes` or if it is not text, CANCELLED and
 * TERMINATED on a signal.
 */
export async function readInput({ stdin, interrupted }: World, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    addAbortSignal(interrupted, stdin);
    for await (const chunk of stdin) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxBytes) {
        throw new NubesError('USAGE', `stdin holds more than ${maxBytes} bytes.`);
      }
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof NubesError) throw error;
    if (interrupted.aborted) throw cancellation(interrupted);
    throw cannotRead();
  }
  const { utf8Text } = await import('../bounded-file.ts');
  const text = utf8Text(Buffer.concat(chunks));
  if (text === undefined) throw cannotRead();
  return text;
}

function cannotRead(): NubesError {
  return new NubesError('USAGE', 'Cannot read stdin as UTF-8 text.');
}

/** Streams whose reader has closed the pipe (`| head`): later writes are dropped. */
const closed = new WeakSet<OutputStream>();
const watched = new WeakSet<OutputStream>();

const closedCodes = new Set([
  'EPIPE',
  'EIO',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/** Keeps a closed pipe from ending the program with an uncaught 'error' event. */
export function ignoreClosedPipe(stream: OutputStream): void {
  if (watched.has(stream)) return;
  watched.add(stream);
  // Other errors reach the callback of the write that failed.
  stream.on('error', (error) => recordClosed(stream, error));
}

/**
 * Resolves when the stream has accepted the text, or its reader has closed the pipe. Throws
 * CONFIGURATION if the write fails for another reason (a full disk).
 */
export function write(stream: OutputStream, text: string | Uint8Array): Promise<void> {
  if (closed.has(stream) || text.length === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error || recordClosed(stream, error)) resolve();
      else reject(writeFailed(error));
    });
  });
}

/** Whether the reader has closed the pipe, as far as a write has shown. */
export function isClosed(stream: OutputStream): boolean {
  return closed.has(stream);
}

/** Throws CONFIGURATION unless the write failed because the reader has closed the pipe. */
export function requireClosed(stream: OutputStream, error: Error): void {
  if (!recordClosed(stream, error)) throw writeFailed(error);
}

/** Whether the error means that the reader has closed the pipe. */
function recordClosed(stream: OutputStream, error: Error): boolean {
  if (!closedCodes.has(systemCode(error) ?? '')) return false;
  closed.add(stream);
  return true;
}

function writeFailed(error: Error): NubesError {
  const code = systemCode(error) ?? 'unknown error';
  const reason = code === 'ENOSPC' ? 'the disk is full' : code;
  return new NubesError('CONFIGURATION', `Cannot write the output: ${reason}.`, {
    hint: 'free some disk space, or redirect the output',
  });
}
