import { readdirSync, readFileSync } from 'node:fs';

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

function familyOf(ancestor: number): Set<number> {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const family = new Set([ancestor]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return family;
}

function parentOf(pid: number): number {
  const stat = procFile(pid, 'stat');
  // The name in parentheses may hold anything; the parent is the second field after it.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Empty for a process that has gone. */
function procFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
