import { Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { openTerminal } from '../../src/terminal/open.ts';
import { type Column, type Report, sentences, tableOf } from '../../src/terminal/report.ts';
import type { GlobalFlags } from '../../src/world.ts';
import { type FakeTerminalOptions, fakeTerminal } from '../support/fake-terminal.ts';

interface Row {
  readonly name: string;
  readonly status: string;
  readonly address: string;
  readonly id: string;
}

const rows: readonly Row[] = [
  { name: 'lpd-tests', status: 'running', address: '172.16.102.207', id: '6b2bedc4-9d8e' },
  { name: '日本語', status: 'stopped', address: '-', id: 'a very long identity that is wide' },
];

const aged: Column<number> = {
  name: 'age',
  pipedName: 'created',
  cell: (_, { isTty }) => (isTty ? '5h' : 'noon'),
};

function listing(shown: readonly Row[] = rows): Report<readonly Row[]> {
  return {
    data: shown,
    names: shown.map((row) => row.name),
    table: tableOf(
      shown,
      [
        { name: 'name', cell: (row) => row.name },
        { name: 'status', cell: (row, { palette }) => palette.green(row.status) },
        { name: 'IP address', cell: (row) => row.address },
        { name: 'id', cell: (row) => row.id, wide: true },
      ],
      'No notebooks yet.',
    ),
  };
}

async function printed(report: Report, flags: GlobalFlags, options: FakeTerminalOptions = {}) {
  const { terminal, stdout, stderr } = fakeTerminal({ ...options, flags });
  await terminal.print(report);
  return { stdout: stdout(), stderr: stderr() };
}

describe('a table', () => {
  test('a table on a terminal has bold headings and colours', async () => {
    const { stdout } = await printed(listing(), {}, { isTty: true });
    expect(stdout.replaceAll('\u001b[', '<').replaceAll(/(<\d+)m/g, '$1>')).toMatchInlineSnapshot(`
      "<1>NAME<22>       <1>STATUS<22>   <1>IP ADDRESS<22>
      lpd-tests  <32>running<39>  172.16.102.207
      日本語     <32>stopped<39>  -
      "
    `);
  });

  test('a piped table is aligned and has no colours', async () => {
    const { stdout } = await printed(listing(), {});
    expect(stdout).toMatchInlineSnapshot(`
      "NAME       STATUS   IP ADDRESS
      lpd-tests  running  172.16.102.207
      日本語     stopped  -
      "
    `);
  });

  test('a table wider than the terminal is cut in its widest column', async () => {
    const options = { isTty: true, columns: 60, environment: { NO_COLOR: '1' } };
    const flags = { columns: 'name,status,ip address,id' };
    const { stdout } = await printed(listing(), flags, options);
    expect(stdout).toMatchInlineSnapshot(`
      "NAME       STATUS   IP ADDRESS      ID
      lpd-tests  running  172.16.102.207  6b2bedc4-9d8e
      日本語     stopped  -               a very long identity th…
      "
    `);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  test('a column of what is typed again is cut after the others', async () => {
    const options = { isTty: true, columns: 30, environment: { NO_COLOR: '1' } };
    const table = (name: string) =>
      tableOf(
        [0],
        [
          { name: 'name', typed: true, cell: () => name },
          { name: 'software', cell: () => 'JupyterLab 4.4, Python 3.13' },
        ],
      );
    const cut = async (name: string) =>
      (await printed({ data: 0, table: table(name) }, { header: false }, options)).stdout;
    expect(await cut('jupyter-2026.11')).toBe('jupyter-2026.11  JupyterLab 4…\n');
    expect(await cut('x'.repeat(40))).toBe(`${'x'.repeat(19)}…  Jupyter…\n`);
  });

  test('-o wide on a terminal leaves out the columns that do not fit, and names them on stderr', async () => {
    const options = { isTty: true, columns: 60, environment: { NO_COLOR: '1' } };
    const { stdout, stderr } = await printed(listing(), { output: 'wide' }, options);
    expect(stdout).toBe(
      'NAME       STATUS   IP ADDRESS\nlpd-tests  running  172.16.102.207\n日本語     stopped  -\n',
    );
    expect(stderr).toBe('The terminal is too narrow for id; -c or a pipe shows it.\n');
  });

  test.each([
    [
      30,
      'NAME       STATUS   IP ADDRESS\nlpd-tests  running  172.16.10…\n日本語     stopped  -\n',
      '',
    ],
    [26, 'NAME       STATUS\nlpd-tests  running\n日本語     stopped\n', 'IP address'],
    [12, 'NAME\nlpd-tests\n日本語\n', 'status, IP address'],
    [8, 'NAME\nlpd-tes…\n日本語\n', 'status, IP address'],
  ])(
    'a table in %d columns is cut, then columns are left out from the right',
    async (columns, stdout, leftOut) => {
      const options = { isTty: true, columns, environment: { NO_COLOR: '1' } };
      const found = await printed(listing(), {}, options);
      expect(found.stdout).toBe(stdout);
      const note = found.stderr.replaceAll('\n  ', ' ');
      expect(note).toContain(leftOut && `too narrow for ${leftOut}; `);
    },
  );

  test('the columns of -c are all shown on a narrow terminal', async () => {
    const flags = { columns: 'name,status,ip address' };
    const { stdout, stderr } = await printed(listing(), flags, { isTty: true, columns: 12 });
    expect(stdout).toContain('IP ADDR…');
    expect(stderr).toBe('');
  });

  test('a piped table is never cut', async () => {
    const { stdout } = await printed(listing(), { output: 'wide' }, { columns: 20 });
    expect(stdout).toContain('a very long identity that is wide\n');
  });

  test('-c selects columns in its order, ignoring case and separators', async () => {
    const { stdout } = await printed(listing(), { columns: 'ID, ip-address' });
    expect(stdout.split('\n')[1]).toBe('6b2bedc4-9d8e                      172.16.102.207');
  });

  test('-c with an unknown column is refused with a list of the columns', async () => {
    await expect(printed(listing(), { columns: 'name,colour' })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'There is no column "colour".',
      hint: 'columns: name, status, ip address, id',
    });
  });

  test('a column with another heading when piped is found by -c under both', async () => {
    const report = { data: [1], table: tableOf([1], [aged]) };
    expect((await printed(report, {})).stdout).toBe('CREATED\nnoon\n');
    expect((await printed(report, { columns: 'age' })).stdout).toBe('CREATED\nnoon\n');
    const flags = { columns: 'created', color: false };
    expect((await printed(report, flags, { isTty: true })).stdout).toBe('AGE\n5h\n');
  });

  test('--no-header leaves out the headings', async () => {
    const { stdout } = await printed(listing(), { header: false, columns: 'name' });
    expect(stdout).toBe('lpd-tests\n日本語\n');
  });

  test('a table without rows prints its empty message on stderr and nothing on stdout', async () => {
    expect(await printed(listing([]), {})).toEqual({ stdout: '', stderr: 'No notebooks yet.\n' });
  });

  test.each([
    ['an emoji of Unicode 15', '🫨 shaking', 10],
    ['a family', '👨‍👩‍👧 family', 9],
    ['a flag', '🇬🇧 flag', 7],
    ['decomposed Korean', '한국 노트'.normalize('NFD'), 9],
    ['a combining accent', 'cafe\u0301', 4],
  ])('%s in a cell takes its own width, and no more', async (_, name, width) => {
    const one = { ...rows[0], name } as Row;
    const pad = ' '.repeat(Math.max(10, width) - width);
    const pick = { columns: 'name,status', header: false };
    const { stdout } = await printed(listing([one, { ...one, name: 'ten chars.' }]), pick);
    expect(stdout).toBe(`${name}${pad}  running\nten chars.  running\n`);
    const fits = { isTty: true, columns: 19, environment: { NO_COLOR: '1' } };
    expect((await printed(listing([one]), pick, fits)).stdout).toContain(name);
  });

  test('a cell is cut between characters, never within one', async () => {
    const one = { ...rows[0], name: '👨‍👩‍👧'.repeat(20) } as Row;
    const options = { isTty: true, columns: 20, environment: { NO_COLOR: '1' } };
    const { stdout } = await printed(listing([one]), { columns: 'name', header: false }, options);
    expect(stdout).toBe(`${'👨‍👩‍👧'.repeat(9)}…\n`);
  });

  test('a coloured cell that is cut ends its colour', async () => {
    const one = { ...rows[0], status: 'a-long-status'.repeat(9) } as Row;
    const options = { isTty: true, columns: 12 };
    const { stdout } = await printed(listing([one]), { columns: 'status', header: false }, options);
    expect(stdout).toBe('\u001b[32ma-long-stat…\u001b[39m\n');
  });

  test('a colour in the data is not printed, only that of the column', async () => {
    const one = { ...rows[0], name: '\u001b[31mred\u001b[39m' } as Row;
    const { stdout } = await printed(
      listing([one]),
      { columns: 'name', header: false },
      { isTty: true },
    );
    expect(stdout).toBe('red\n');
  });

  test('a table contains no escape sequences from its data', async () => {
    const hostile = { ...rows[0], name: 'evil\u001b[2J\u001b]0;x\u0007\nrow' } as Row;
    const { stdout } = await printed(listing([hostile]), { columns: 'name' }, { isTty: true });
    expect(stdout.split('\n')[1]).toBe('evil row');
  });
});

describe('data', () => {
  test('--json prints the data and nothing else', async () => {
    const { stdout, stderr } = await printed(listing(), { json: true });
    expect(JSON.parse(stdout)).toEqual(rows);
    expect(stdout.startsWith('[\n  {\n    "name"')).toBe(true);
    expect(stderr).toBe('');
  });

  test('--json prints an empty array if there are no rows', async () => {
    expect((await printed(listing([]), { json: true })).stdout).toBe('[]\n');
  });

  test('-o ndjson prints one object per line', async () => {
    const { stdout } = await printed(listing(), { output: 'ndjson' });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(rows);
    expect((await printed({ data: { a: 1 } }, { output: 'ndjson' })).stdout).toBe('{"a":1}\n');
  });

  test('JSON output escapes C1 control characters', async () => {
    const { stdout } = await printed({ data: { name: 'a\u009b2J' } }, { output: 'ndjson' });
    expect(stdout).toBe('{"name":"a\\u009b2J"}\n');
    expect(JSON.parse(stdout)).toEqual({ name: 'a\u009b2J' });
  });

  test.each<GlobalFlags>([{ output: 'name' }, { quiet: true }])(
    'the flags %j print names only',
    async (flags) => {
      expect((await printed(listing(), flags)).stdout).toBe('lpd-tests\n日本語\n');
    },
  );

  test('text is printed as it is, also with -q if there are no names', async () => {
    const report = { data: 1, text: () => ['one', '  two'] };
    expect((await printed(report, {})).stdout).toBe('one\n  two\n');
    expect((await printed(report, { quiet: true })).stdout).toBe('one\n  two\n');
  });
});

describe('a text with sentences', () => {
  const text = () => [
    'one line that is longer than the forty columns',
    { head: 'Key       ', text: '~/.ssh/id_ed25519, SHA256:0123456789', indent: ' '.repeat(11) },
    ...sentences('lpd-tests is stopped. Its disk is kept.'),
    ...sentences('nubes-nb url lpd-tests prints the URL with its token.'),
  ];
  const report = { data: null, text } satisfies Report;

  test('is broken between words and not within a command on a terminal, and other lines are not', async () => {
    const { stdout } = await printed(report, {}, { isTty: true, columns: 40 });
    expect(stdout.split('\n')).toEqual([
      'one line that is longer than the forty columns',
      'Key        ~/.ssh/id_ed25519,',
      '           SHA256:0123456789',
      'lpd-tests is stopped. Its disk is kept.',
      'nubes-nb url lpd-tests prints the URL',
      '  with its token.',
      '',
    ]);
  });

  test.each([
    ['a pipe', {}],
    ['a terminal of one column', { isTty: true, columns: 1 }],
    ['a wide terminal', { isTty: true, columns: 200 }],
  ])('is a line each on %s', async (_, options) => {
    const { stdout } = await printed(report, {}, options);
    expect(stdout.split('\n').slice(1, 4)).toEqual([
      'Key        ~/.ssh/id_ed25519, SHA256:0123456789',
      'lpd-tests is stopped. Its disk is kept.',
      'nubes-nb url lpd-tests prints the URL with its token.',
    ]);
  });
});

describe('colour', () => {
  const red = { data: null, text: ({ palette }) => palette.red('red') } satisfies Report;
  test.each<[string, FakeTerminalOptions, boolean]>([
    ['a terminal', { isTty: true }, true],
    ['a pipe', {}, false],
    ['NO_COLOR', { isTty: true, environment: { NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR', { isTty: true, environment: { NO_COLOR: '' } }, true],
    ['--no-color', { isTty: true, flags: { color: false } }, false],
    ['TERM=dumb', { isTty: true, environment: { TERM: 'dumb' } }, false],
    ['FORCE_COLOR', { environment: { FORCE_COLOR: '1' } }, true],
    ['FORCE_COLOR=0', { isTty: true, environment: { FORCE_COLOR: '0' } }, false],
  ])('colour with %s follows the rule', async (_, options, coloured) => {
    const { stdout } = await printed(red, options.flags ?? {}, options);
    expect(stdout).toBe(coloured ? '\u001b[31mred\u001b[39m\n' : 'red\n');
  });
});

describe('a closed pipe', () => {
  function failing(code: string) {
    return new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
    });
  }

  test('a closed stdout drops later output without an error', async () => {
    const stdout = failing('EPIPE');
    const write = vi.spyOn(stdout, 'write');
    const terminal = openTerminal({ ...fakeTerminal().world, stdout }, {});
    await terminal.print({ data: 1, text: () => 'one' });
    await terminal.print({ data: 2, text: () => 'two' });
    expect(write).toHaveBeenCalledOnce();
  });

  test('a closed stderr drops messages without an error', async () => {
    const { world } = fakeTerminal();
    const terminal = openTerminal({ ...world, stderr: failing('EPIPE') }, {});
    terminal.info('hello');
    await terminal.printStderr('still here');
  });

  test('a full disk is an error', async () => {
    const { world } = fakeTerminal();
    const terminal = openTerminal({ ...world, stdout: failing('ENOSPC') }, {});
    await expect(terminal.print({ data: 1, text: () => 'one' })).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: 'Cannot write the output: the disk is full.',
    });
  });
});
