import { readFileSync } from 'node:fs';

/**
 * Looks every 20 ms at a process and all below it, as `ps auxe` would, and adds what it sees to `seen`:
 * command lines and environments. Returns the function that ends it.
 */
export function sampling(pid: number | undefined, seen: Set<string>): () => void {
  if (pid === undefined) return () => undefined;
  const look = () => {
    for (const each of familyOf(pid)) {
      seen.add(procFile(each, 'cmdline'));
      seen.add(procFile(each, 'environ'));
    }
  };
  look();
  const timer = setInterval(look, 20);
  return () => clearInterval(timer);
}

function familyOf(pid: number): number[] {
  const children = procFile(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(familyOf)];
}

/** Empty for a process that has gone. */
function procFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
