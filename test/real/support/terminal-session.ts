import { spawn } from '@lydell/node-pty';
import { commandLine, type Person } from './test-user.ts';

/** The program in a terminal of its own, with somebody at the keys. */
export interface Screen {
  /** Everything shown so far, without colours and cursor movements. */
  readonly text: () => string;
  readonly type: (keys: string) => void;
  /** Waits until something new (since the last wait) is shown; throws with the screen after 2 min. */
  readonly shows: (pattern: RegExp) => Promise<void>;
  readonly exit: Promise<number>;
}

export const enter = '\r';
export const down = '\x1b[B';
export const interrupt = '\x03';

export function atTerminal(person: Person, args: readonly string[]): Screen {
  const [node, ...rest] = commandLine(args);
  const terminal = spawn(node, rest, {
    name: 'xterm-256color',
    cols: 120,
    rows: 40,
    cwd: person.home,
    env: { ...person.environment, TERM: 'xterm-256color' },
  });
  let raw = '';
  let seen = 0;
  const watchers = new Set<() => void>();
  terminal.onData((data) => {
    raw += data;
    for (const watcher of watchers) watcher();
  });
  const exit = new Promise<number>((resolve) => {
    terminal.onExit(({ exitCode }) => resolve(exitCode));
  });
  const text = () => sanitize(raw);
  const shows: Screen['shows'] = (pattern) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(look);
        reject(new Error(`${pattern} never showed:\n${text()}`));
      }, 120_000);
      const look = () => {
        const shown = sanitize(raw.slice(seen));
        if (!pattern.test(shown)) return;
        seen = raw.length;
        clearTimeout(timer);
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return { text, type: (keys) => terminal.write(keys), shows, exit };
}

function sanitize(raw: string): string {
  return raw.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>78]/g, '');
}
