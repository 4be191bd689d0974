import { setTimeout as pause } from 'node:timers/promises';
import { cancellation } from '../errors.ts';
import type { World } from '../world.ts';

/** For a terminal to hand over what it holds, which takes it one turn of the event loop. */
const handOverMs = 20;
const ctrlC = '\u0003';

/**
 * Drops what was typed before there was a question, as sudo and ssh do before they ask for a password. In raw mode, as
 * a terminal keeps a line without its Enter and would turn Ctrl-D into the end of stdin. Throws CANCELLED on Ctrl-C.
 */
export async function dropTypedAhead({ stdin, interrupted }: World): Promise<void> {
  if (stdin.readableEnded || stdin.destroyed || interrupted.aborted) return;
  let isCancelled = false;
  const onData = (chunk: Uint8Array | string) => {
    isCancelled ||= chunk.toString().includes(ctrlC);
  };
  stdin.setRawMode?.(true);
  stdin.on('data', onData);
  stdin.resume();
  await pause(handOverMs);
  stdin.pause();
  stdin.off('data', onData);
  stdin.setRawMode?.(false);
  if (isCancelled) throw cancellation(interrupted);
}
