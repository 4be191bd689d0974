import { spawn } from '@lydell/node-pty';
import { commandLine, type TestUser } from './test-user.ts';

/** The program in a pseudo-terminal. */
export interface TerminalSession {
  /** The output so far, without colours and cursor movements. */
  readonly text: () => string;
  readonly type: (keys: string) => void;
  /** Waits for output since the last match; throws with the whole output after 2 min. */
  readonly waitFor: (pattern: RegExp) => Promise<void>;
  readonly exit: Promise<number>;
}

export const enter = '\r';
export const down = '\x1b[B';
export const interrupt = '\x03';

export function runInTerminal(person: TestUser, args: readonly string[]): TerminalSession {
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
  const waitFor: TerminalSession['waitFor'] = (pattern) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(check);
        reject(new Error(`${pattern} did not appear:\n${text()}`));
      }, 120_000);
      const check = () => {
        const shown = sanitize(raw.slice(seen));
        if (!pattern.test(shown)) return;
        seen = raw.length;
        clearTimeout(timer);
        watchers.delete(check);
        resolve();
      };
      watchers.add(check);
      check();
    });
  return { text, type: (keys) => terminal.write(keys), waitFor, exit };
}

function sanitize(raw: string): string {
  return raw.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[=>78]/g, '');
}
