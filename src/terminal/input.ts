import { addAbortSignal } from 'node:stream';
import { cancellation, NubesError } from '../errors.ts';
import type { World } from '../world.ts';

/**
 * All of stdin as UTF-8 text. Throws USAGE beyond `limit` bytes or when it is no text, CANCELLED by
 * Ctrl-C and TERMINATED.
 */
export async function readInput({ stdin, interrupted }: World, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    addAbortSignal(interrupted, stdin);
    for await (const chunk of stdin) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > limit) throw new NubesError('USAGE', `stdin holds more than ${limit} bytes.`);
      chunks.push(bytes);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    if (error instanceof NubesError) throw error;
    if (interrupted.aborted) throw cancellation(interrupted);
    throw new NubesError('USAGE', 'stdin cannot be read as UTF-8 text.');
  }
}
