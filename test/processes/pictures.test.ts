import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pictureOf } from '../../scripts/terminal-picture.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { makeKeyPair } from '../../src/sandbox/vm/key-pair.ts';
import { builtProgram } from '../support/build.ts';
import { regularText } from '../support/regular-text.ts';
import { openTerminal, type TerminalScreen } from '../support/terminal-screen.ts';

// `npm run pictures` draws those whose words or colours have changed; delete a file to have it drawn in any case.

const user = 'alice';

let home: string;
let sandbox: Sandbox;
let terminal: TerminalScreen;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'nubes-nb-pictures-'));
  const [program, started] = await Promise.all([builtProgram(), startSandbox()]);
  sandbox = started;
  writeHome(program);
  const path = [join(home, 'bin'), process.env['PATH']].join(delimiter);
  const environment = { PATH: path, HOME: home, LANG: 'C.UTF-8', TZ: 'UTC' };
  terminal = await openTerminal({ ...environment, NUBES_NB_SITE_CONFIG: '/none' }, home);
}, 60_000);
afterAll(async () => {
  terminal.close();
  await sandbox.close();
  rmSync(home, { recursive: true, force: true, maxRetries: 10 });
});

/** The home folder of a user whose settings file is there, with `nubes-nb` on the PATH. */
function writeHome(program: string): void {
  const write = (path: readonly string[], text: string, mode = 0o600) => {
    mkdirSync(join(home, ...path.slice(0, -1)), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, ...path), text, { mode });
  };
  const key = makeKeyPair(ssh2, 'alice@laptop');
  write(['.ssh', 'id_ed25519'], key.private);
  write(['.ssh', 'id_ed25519.pub'], `${key.public}\n`);
  // ssh would first take a key of the home folder that /etc/passwd names.
  const keyFile = `key_file = ${JSON.stringify(join(home, '.ssh', 'id_ed25519'))}`;
  const settings = sandbox.settingsToml.replace('[notebook]', `[notebook]\n${keyFile}`);
  write(['.config', 'nubes-nb', 'config.toml'], settings);
  write(['bin', 'nubes-nb'], `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, 0o755);
}

// The rows share a home, a cloud and a terminal, and run in this order.
const pictures: readonly [string, string, () => Promise<void>][] = [
  [
    'first-session',
    'A first session: login, create, and ls, which lists the new notebook',
    firstSession,
  ],
  ['status', 'nubes-nb alone: who is logged in, what is running, the next commands', status],
  ['help', 'nubes-nb --help: examples, then all commands in groups', () => run('nubes-nb --help')],
  [
    'choices',
    'nubes-nb sizes and nubes-nb quota: what one can choose, and what is free',
    () => run('nubes-nb sizes', 'nubes-nb quota'),
  ],
  ['picker', 'nubes-nb stop without a name: a choice of notebooks', picker],
  ['error', 'Errors: a sentence that says why, and a hint with what to do', error],
  ['doctor', 'nubes-nb doctor: a tick or a cross for each part, with the fix', doctor],
];

async function run(...lines: readonly string[]): Promise<void> {
  await terminal.command('clear');
  for (const line of lines) await terminal.command(line);
}

async function firstSession(): Promise<void> {
  const { password = '' } = sandbox.people.find(({ name }) => name === user) ?? {};
  await terminal.command('clear');
  await terminal.type('nubes-nb login\r', /User ID/);
  await terminal.type(`${user}\r`, /Password/);
  await terminal.type(`${password}\r`, 'prompt');
  await terminal.command('nubes-nb create lpd-tests');
  await terminal.command('nubes-nb ls');
}

async function status(): Promise<void> {
  await run('nubes-nb create beam-time --size l3.micro', 'nubes-nb create thesis-plots');
  await run('nubes-nb stop thesis-plots');
  await run('nubes-nb');
}

async function picker(): Promise<void> {
  await terminal.type('\x03', 'prompt');
  await run();
  await terminal.type('nubes-nb stop\r', /beam-time/);
}

async function error(): Promise<void> {
  await terminal.type('\x03', 'prompt');
  await run('nubes-nb open lpd-test', 'nubes-nb create big --size l3.huge');
}

async function doctor(): Promise<void> {
  await run('nubes-nb config set notebook.size l3.nana');
  await run('nubes-nb doctor');
}

/** Of the help, without the global flags that follow. */
const helpRows = 25;

test.each(pictures)(
  'docs/pictures/%s.svg shows what the program prints',
  async (name, title, play) => {
    await play();
    const file = `docs/pictures/${name}.svg`;
    const drawn = pictureOf({
      title,
      rows: terminal.rows().slice(0, name === 'help' ? helpRows : undefined),
    });
    const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const picture = regular(kept) === regular(drawn) ? kept : drawn;
    await expect(picture).toMatchFileSnapshot(`../../${file}`);
  },
);

function regular(svg: string): string {
  const fixed = svg
    .replace(/ textLength="[^"]*"/g, '')
    .replace(/(?:nubes-nb|Node) \d+\.\d+\.\d+|OpenSSH \d+\.\d+|(?:linux|darwin)-\w+/g, '<version>')
    // Whichever comes first.
    .replace(/jupyter( +)(?:answers|ready according to the console)/, 'jupyter$1<answer>')
    .replace(/ {2,}/g, ' ');
  return regularText(fixed);
}
