import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { NubesError } from '../../src/errors.ts';
import { openTerminal } from '../../src/terminal/open.ts';
import { type Report, tableOf } from '../../src/terminal/report.ts';
import type { GlobalFlags } from '../../src/world.ts';
import { type FakeTerminalOptions, fakeTerminal } from '../support/fake-terminal.ts';

const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';

interface Given extends FakeTerminalOptions {
  readonly rows?: number;
  /** What happens during the first pause, the second... */
  readonly during?: readonly ((screen: Screen) => void)[];
}

type Screen = ReturnType<typeof fakeTerminal> & { readonly type: (keys: string) => void };

/** Watches a list that `load` makes of the number of its earlier calls. */
async function watched(
  load: (calls: number) => Report,
  { rows = 24, during = [], ...given }: Given = {},
) {
  const fake = fakeTerminal({ isTty: true, stdinIsTty: true, ...given });
  const { world } = fake;
  const modes: boolean[] = [];
  Object.assign(world.stdin, { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  Object.assign(world.stdout, { rows });
  const screen = { ...fake, type: (keys: string) => void world.stdin.emit('data', keys) };
  let pauses = 0;
  let calls = 0;
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        during[pauses++]?.(screen);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      });
    });
  const terminal = openTerminal({ ...world, sleep }, given.flags ?? {});
  const ended = await terminal
    .watch(async () => load(calls++))
    .catch((error: unknown) => error as NubesError);
  await new Promise((resolve) => setImmediate(resolve));
  const frames = fake.stdout().split('\u001b[H').slice(1).map(stripVTControlCharacters);
  return { ended, frames: frames.map((frame) => frame.split('\r\n')), modes, calls, ...fake };
}

function listing(count: number): Report {
  const names = Array.from({ length: count }, (_, at) => `n${at}`);
  return {
    data: names,
    names,
    table: tableOf(names, [{ name: 'name', cell: (name) => name }], 'None.'),
  };
}

const quit = ({ type }: Screen) => type('q');
const nothing = () => {};

describe('a watched table', () => {
  test('a watched table is drawn again in place until q, and is the result', async () => {
    const { ended, frames, modes, calls, stdout } = await watched((call) => listing(call + 1), {
      during: [nothing, quit],
    });
    expect(frames.map(([, ...lines]) => lines)).toEqual([
      ['NAME', 'n0'],
      ['NAME', 'n0', 'n1'],
    ]);
    expect(frames[0]?.[0]).toMatch(/^\d\d:\d\d:\d\d, again every 3 s; q leaves$/);
    expect(ended).toMatchObject({ names: ['n0', 'n1'] });
    expect(ended).not.toHaveProperty('exitCode');
    expect(calls).toBe(2);
    expect(stdout().startsWith(enter)).toBe(true);
    expect(stdout().endsWith(leave)).toBe(true);
    expect(modes.at(0)).toBe(true);
    expect(modes.at(-1)).toBe(false);
  });

  test.each([1, 2, 3, 5, 10])('a frame has at most the %i lines of the terminal', async (rows) => {
    const { frames } = await watched(() => listing(30), { rows, during: [quit] });
    expect(frames[0]?.length).toBeLessThanOrEqual(rows);
    if (rows >= 5) expect(frames[0]?.at(-1)).toBe(`and ${30 - rows + 3} more`);
  });

  test('an empty list says so', async () => {
    const { frames } = await watched(() => listing(0), { during: [quit] });
    expect(frames[0]?.slice(1)).toEqual(['None.']);
  });

  test('Ctrl-C leaves with exit code 130 and without an error', async () => {
    const { ended, stdout } = await watched(() => listing(1), {
      during: [({ type }) => type('\u0003')],
    });
    expect(ended).toMatchObject({ exitCode: 130 });
    expect(stdout().endsWith(leave)).toBe(true);
  });

  test.each([
    ['SIGINT', 'CANCELLED'],
    ['SIGTERM', 'TERMINATED'],
  ])('%s restores the terminal at once and ends with %s', async (signal, code) => {
    const controller = new AbortController();
    let atOnce = '';
    const { ended, modes } = await watched(() => listing(1), {
      interrupted: controller.signal,
      during: [
        ({ stdout }) => {
          controller.abort(signal);
          atOnce = stdout();
        },
      ],
    });
    expect(ended).toMatchObject({ code });
    expect(atOnce.endsWith(leave)).toBe(true);
    expect(modes.at(-1)).toBe(false);
  });

  test('a failing load is a line, and the next one replaces it', async () => {
    const load = (call: number) => {
      if (call === 1) throw new NubesError('UNREACHABLE', 'Nova does not answer.');
      return listing(1);
    };
    const { frames } = await watched(load, { during: [nothing, nothing, quit] });
    expect(frames.map((lines) => lines.slice(1))).toEqual([
      ['NAME', 'n0'],
      ['Nova does not answer.', 'NAME', 'n0'],
      ['NAME', 'n0'],
    ]);
  });

  test.each([
    ['an ended session', new NubesError('SESSION_EXPIRED', 'The session has expired.')],
    ['a bug', new TypeError('oops')],
  ])('%s ends the watch and restores the terminal', async (_, error) => {
    const load = (call: number) => {
      if (call === 1) throw error;
      return listing(1);
    };
    const { ended, stdout, modes } = await watched(load);
    expect(ended).toBe(error);
    expect(stdout().endsWith(leave)).toBe(true);
    expect(modes.at(-1)).toBe(false);
  });

  test('a first load that fails is an error, and the screen is never entered', async () => {
    const error = new NubesError('UNREACHABLE', 'Nova does not answer.');
    const load = () => {
      throw error;
    };
    const { ended, stdout } = await watched(load);
    expect(ended).toBe(error);
    expect(stdout()).toBe('');
  });

  test('a resize draws the list again in the new size, without a load', async () => {
    const { frames, calls } = await watched(() => listing(30), {
      rows: 10,
      during: [
        ({ world }) => {
          Object.assign(world.stdout, { rows: 6 });
          world.stdout.emit('resize');
        },
        quit,
      ],
    });
    expect(frames.map(({ length }) => length)).toEqual([10, 6, 6]);
    expect(calls).toBe(2);
  });
});

describe('a table that cannot be watched', () => {
  const refused: readonly (readonly [string, GlobalFlags, FakeTerminalOptions])[] = [
    ['-o json is not a table', { json: true }, {}],
    ['-o name is not a table', { output: 'name' }, {}],
    ['-q prints names only', { quiet: true }, {}],
    ['stdout is not a terminal', {}, { isTty: false, stderrIsTty: true }],
    ['stdin is not a terminal', {}, { stdinIsTty: false }],
    ['--no-input is set', { input: false }, {}],
    ['the terminal cannot move its cursor (TERM is dumb)', {}, { environment: { TERM: 'dumb' } }],
  ];
  test.each(refused)('%s exits 2 before anything is loaded', async (why, flags, options) => {
    const { ended, calls, stdout } = await watched(() => listing(1), { ...options, flags });
    expect(ended).toMatchObject({ code: 'USAGE', message: `Cannot watch: ${why}.` });
    expect(calls).toBe(0);
    expect(stdout()).toBe('');
  });
});
