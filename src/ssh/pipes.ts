import type { ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';

/**
 * A process's stdin and stdout as one stream, which ends with stdout: what the process wrote before it
 * ended is still there to be read, where `Duplex.from` drops it when stdin closes first.
 */
export function pipesOf({ stdin, stdout }: ChildProcess): Duplex {
  // Whoever ended without reading all has said why on stderr.
  stdin?.on('error', () => {});
  const pipes = new Duplex({
    read: () => void stdout?.resume(),
    write: (chunk, encoding, done) => {
      if (stdin?.writable !== true) return done();
      stdin.write(chunk, encoding, () => done());
    },
    final: (done) => {
      stdin?.end();
      done();
    },
  });
  stdout?.on('data', (chunk) => {
    if (!pipes.push(chunk)) stdout.pause();
  });
  stdout?.on('end', () => pipes.push(null));
  stdout?.on('error', () => pipes.push(null));
  return pipes;
}
