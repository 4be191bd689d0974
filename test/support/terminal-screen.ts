import { spawn } from '@lydell/node-pty';
import headless, { type IBufferCell } from '@xterm/headless';
import type { Run, Style } from '../../scripts/terminal-picture.ts';

/** A shell in a pseudo-terminal, and what a person sees of it. */
export interface TerminalScreen {
  /** Types a line and Enter, and waits for the next prompt. */
  readonly command: (line: string) => Promise<void>;
  /** Types these keys and waits until the screen shows a text, or the next prompt. */
  readonly type: (keys: string, expected: RegExp | 'prompt') => Promise<void>;
  /** All rows since the screen was cleared, down to the last one that has text, without a last prompt. */
  readonly rows: () => readonly (readonly Run[])[];
  readonly text: () => string;
  readonly close: () => void;
}

/** The number of the control sequence that the shell sends before each prompt; a terminal shows nothing of it. */
const promptMark = 133;
const startupFile = `PS1='\\[\\e]${promptMark};A\\a\\]$ '; HISTFILE=; unset MAILCHECK`;
const size = { cols: 80, rows: 24 };
const timeoutMs = 30_000;

/** Starts bash in a terminal of 80 columns and 24 rows. */
export async function openTerminal(
  environment: Readonly<Record<string, string>>,
  folder: string,
): Promise<TerminalScreen> {
  const terminal = new headless.Terminal({ ...size, allowProposedApi: true });
  const pty = spawn('bash', ['--noprofile', '--norc', '-i'], {
    ...{ ...size, name: 'xterm-256color', cwd: folder },
    env: { ...environment, TERM: 'xterm-256color' },
  });
  let prompts = 0;
  terminal.parser.registerOscHandler(promptMark, () => {
    prompts += 1;
    return true;
  });
  pty.onData((data) => terminal.write(data));
  const seen = async (condition: () => boolean, what: string) => {
    const deadline = Date.now() + timeoutMs;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`No ${what} on the screen:\n${text(terminal)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const type: TerminalScreen['type'] = async (keys, expected) => {
    const before = prompts;
    pty.write(keys);
    const isSeen = () => (expected === 'prompt' ? prompts > before : expected.test(text(terminal)));
    await seen(isSeen, String(expected));
  };
  const command = (line: string) => type(`${line}\r`, 'prompt');
  await command(startupFile);
  return {
    ...{ command, type },
    rows: () => rowsOf(terminal),
    text: () => text(terminal),
    close: () => pty.kill('SIGKILL'),
  };
}

function text(terminal: headless.Terminal): string {
  return rowsOf(terminal).map(textOf).join('\n');
}

function textOf(runs: readonly Run[]): string {
  return runs.map((run) => run.text).join('');
}

function rowsOf(terminal: headless.Terminal): readonly (readonly Run[])[] {
  const { length } = terminal.buffer.active;
  const rows = Array.from({ length }, (_, y) => runsOf(terminal, y));
  const last = rows.findLastIndex((runs) => !['', '$'].includes(textOf(runs)));
  return rows.slice(0, last + 1);
}

/** Neighbouring cells of one style are one run; blanks at the end of the row are left out. */
function runsOf({ buffer, cols }: headless.Terminal, y: number): readonly Run[] {
  const line = buffer.active.getLine(y);
  const runs: { text: string; style: Style }[] = [];
  for (let x = 0; x < cols; x += 1) {
    const cell = line?.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const run = { text: cell.getChars() || ' ', style: styleOf(cell) };
    const last = runs.at(-1);
    if (last !== undefined && (last.style === run.style || run.text === ' ')) last.text += run.text;
    else runs.push(run);
  }
  const last = runs.at(-1);
  if (last !== undefined) last.text = last.text.trimEnd();
  return runs.filter((run) => run.text !== '');
}

const colours: Readonly<Record<number, string>> = {
  ...{ 1: 'red', 2: 'green', 3: 'yellow', 4: 'blue', 5: 'magenta', 6: 'cyan', 8: 'dim' },
  ...{ 9: 'red', 10: 'green', 11: 'yellow', 12: 'blue', 13: 'magenta', 14: 'cyan' },
};

function styleOf(cell: IBufferCell): Style {
  const colour = cell.isFgPalette() ? (colours[cell.getFgColor()] ?? '') : '';
  return [
    colour,
    cell.isBold() !== 0 ? 'bold' : '',
    cell.isDim() !== 0 ? 'dim' : '',
    cell.isUnderline() !== 0 ? 'underline' : '',
  ]
    .filter((name) => name !== '')
    .join(' ');
}
