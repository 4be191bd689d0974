import type { ChildProcess } from 'node:child_process';
import { openFilesLimit } from './errors.ts';

/** The child, which Node makes without any stream if its pipes cannot be opened. Throws CONFIGURATION then. */
export function withStreams<Child extends ChildProcess>(child: Child): Child {
  const { stdin }: { readonly stdin: unknown } = child;
  if (stdin !== undefined) return child;
  // Node reports it a second time.
  child.on('error', () => {});
  throw openFilesLimit('EMFILE');
}
