import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAttached, runCaptured } from '../../src/sandbox/child.ts';
import { statusThroughTunnel } from '../../src/sandbox/demo.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { createWorkspace, shellWord, type Workspace } from '../../src/sandbox/workspace.ts';
import type { World } from '../../src/world.ts';

const execute = promisify(execFile);
const node = process.execPath;
const environment = { PATH: '/usr/bin:/bin' };

describe('the workspace', () => {
  let folder: string;
  let sandbox: Sandbox;
  let workspace: Workspace;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nubes-nb-test-'));
    const script = join(folder, "it's a program.cjs");
    await writeFile(script, 'console.log(JSON.stringify(process.argv.slice(2)))');
    sandbox = await startSandbox();
    workspace = await createWorkspace(sandbox, {
      self: { command: [node, '--', script] },
      environment: {
        PATH: '/usr/bin:/bin',
        HOME: '/home/alice',
        NUBES_NB_OPENSTACK_AUTH_URL: 'https://real.example/v3',
        NUBES_NB_APPLICATION_CREDENTIAL_SECRET: 'real',
        OS_CLOUD: 'real',
        EMPTY: undefined,
      },
    } as unknown as World);
  });
  afterAll(async () => {
    await workspace.remove();
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  test("the workspace's environment is the user's without their settings", () => {
    const { PATH, HOME, NUBES_NB_CONFIG, XDG_STATE_HOME, ...rest } = workspace.environment;
    expect(HOME).toBe('/home/alice');
    expect(PATH).toBe(`${join(workspace.folder, 'bin')}:/usr/bin:/bin`);
    expect(NUBES_NB_CONFIG).toBe(join(workspace.folder, 'config/nubes-nb/config.toml'));
    expect(XDG_STATE_HOME).toBe(join(workspace.folder, 'state'));
    expect(Object.keys(rest).sort()).toEqual([
      'NO_PROXY',
      'NUBES_NB_NOTEBOOK_KEY_FILE',
      'NUBES_NB_SITE_CONFIG',
      'XDG_CACHE_HOME',
      'XDG_CONFIG_HOME',
      'no_proxy',
    ]);
  });

  test('the workspace has the settings and a key that only its owner can read', async () => {
    const { NUBES_NB_CONFIG = '', NUBES_NB_NOTEBOOK_KEY_FILE: key = '' } = workspace.variables;
    expect(await readFile(NUBES_NB_CONFIG, 'utf8')).toBe(sandbox.settingsToml);
    for (const file of [NUBES_NB_CONFIG, key]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(workspace.folder)).mode & 0o777).toBe(0o700);
    expect(await readFile(`${key}.pub`, 'utf8')).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+ .+\n$/);
  });

  test("the workspace's PATH has this program, whatever its path", async () => {
    const { stdout } = await execute('nubes-nb', ['create', 'a b', '$HOME'], {
      env: workspace.environment,
    });
    expect(JSON.parse(stdout)).toEqual(['create', 'a b', '$HOME']);
  });

  test('removing the workspace deletes its folder', async () => {
    await workspace.remove();
    expect(existsSync(workspace.folder)).toBe(false);
  });
});

test.each([
  ['plain', 'plain'],
  ['/tmp/a-b_c.toml', '/tmp/a-b_c.toml'],
  ['two words', "'two words'"],
  ["it's", `'it'\\''s'`],
  ['$HOME `id`', "'$HOME `id`'"],
  ['', "''"],
])('shellWord quotes %j as %s', async (text, word) => {
  expect(shellWord(text)).toBe(word);
  const { stdout } = await execute('/bin/sh', ['-c', `printf %s ${word}`]);
  expect(stdout).toBe(text);
});

describe('child processes', () => {
  test('runCaptured returns stdout and stderr in order, and the exit code', async () => {
    const chunks: string[] = [];
    const ended = await runCaptured(
      ['/bin/sh', '-c', 'read word; echo one; echo two >&2; echo "$word"; exit 7'],
      { environment, cwd: '/', input: 'three\n', onOutput: (text) => chunks.push(text) },
    );
    expect(ended).toEqual({ exitCode: 7, output: 'one\ntwo\nthree\n' });
    expect(chunks.join('')).toBe(ended.output);
  });

  test('runCaptured terminates the child when the signal is aborted', async () => {
    const controller = new AbortController();
    const ended = runCaptured(['/bin/sh', '-c', 'echo on; exec sleep 60'], {
      environment,
      cwd: '/',
      signal: controller.signal,
      onOutput: () => controller.abort('SIGINT'),
    });
    expect((await ended).exitCode).toBe(143);
  });

  test.each([
    ['exit 0', 0],
    ['exit 42', 42],
    ['kill -KILL $$', 137],
  ])('runAttached of %s returns %i', async (script, exitCode) => {
    const options = { environment, cwd: '/', passSignals: () => () => {} };
    expect(await runAttached(['/bin/sh', '-c', script], { ...options, onTerminal: false })).toBe(
      exitCode,
    );
  });

  test.each([
    ['SIGTERM', true, 143],
    ['SIGTERM', false, 143],
    ['SIGINT', false, 130],
  ] as const)(
    'runAttached forwards %s (on a terminal: %s)',
    async (reason, onTerminal, exitCode) => {
      let send: (signal: 'SIGINT' | 'SIGTERM') => void = () => {};
      const ended = runAttached(['/bin/sleep', '60'], {
        environment,
        cwd: '/',
        passSignals: (to) => {
          send = to;
          return () => {};
        },
        onTerminal,
      });
      send(reason);
      expect(await ended).toBe(exitCode);
    },
  );

  test('runAttached rejects if the program does not exist', async () => {
    const options = { environment, cwd: '/', passSignals: () => () => {} };
    await expect(runAttached(['/none'], { ...options, onTerminal: false })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});

describe('the tunnel of the demo', () => {
  test('statusThroughTunnel distinguishes a missing ssh from a failed tunnel', async () => {
    expect(await statusThroughTunnel(['/none/ssh'], 'http://127.0.0.1:9/')).toBe('no ssh');
    expect(await statusThroughTunnel(['/bin/false'], 'http://127.0.0.1:9/')).toBe('no answer');
  });
});
