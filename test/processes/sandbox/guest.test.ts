import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { everyCommand, wordsOf } from '../../../scripts/completions/words.ts';
import { buildWholeProgram } from '../../../src/program.ts';
import { createWorkspace, type Workspace } from '../../../src/sandbox/workspace.ts';
import type { World } from '../../../src/world.ts';
import { helpWorld } from '../../support/help-world.ts';
import { contentOf, furnish } from '../../support/home.ts';
import { hasSsh, listeningStdout } from '../../support/ssh.ts';
import { sharedBench } from '../../support/workbench.ts';

// The bench's home is that of a user with settings, a login and ssh files of their own.
const bench = await sharedBench();
let workspace: Workspace;

beforeAll(async () => {
  furnish(bench.home);
  workspace = await createWorkspace(bench.sandbox, {
    self: { command: [process.execPath, 'bin/nubes-nb.js'] },
    environment: { PATH: process.env['PATH'], HOME: bench.home },
  } as unknown as World);
  writeFileSync(join(workspace.folder, 'hub.py'), 'c.LDAPAuthenticator.server_port = 636\n');
});
afterAll(() => workspace.remove());

const login = [
  ...['login', '--username', 'alice', '--password-stdin'],
  ...['--project', 'jupyter-notebooks'],
];
const ownProject = ['--project', 'jupyter-notebooks'];
const inFolder = (name: string) => () => join(workspace.folder, name);

/** Every command by its path, with arguments, in an order in which they work. */
const calls: Readonly<Record<string, readonly (string | (() => string))[]>> = {
  '': ['--version'],
  version: ['version'],
  login,
  whoami: ['whoami'],
  status: ['status'],
  'config set': ['config', 'set', 'limits.per_user', '4'],
  'config get': ['config', 'get', 'limits.per_user'],
  'config list': ['config', 'list'],
  'config init': ['config', 'init'],
  'config import': ['config', 'import', 'jupyterhub', inFolder('hub.py')],
  'config path': ['config', 'path'],
  'config validate': ['config', 'validate'],
  'config unset': ['config', 'unset', 'limits.per_user'],
  'context list': ['context', 'list'],
  'context create': ['context', 'create', 'a', '--set', 'notebook.size=l3.micro'],
  'context use': ['context', 'use', 'default'],
  completion: ['completion', 'bash'],
  man: ['man', 'ls'],
  sizes: ['sizes'],
  images: ['images'],
  quota: ['quota'],
  doctor: ['doctor'],
  create: ['create', 'x'],
  apply: ['apply', '-f', '-'],
  ls: ['ls', '--probe'],
  show: ['show', 'x', '--probe'],
  url: ['url', 'x', '--renew'],
  open: ['open', 'x', '--no-browser'],
  tunnel: ['tunnel', 'x', '--print'],
  ssh: ['ssh', 'x'],
  exec: ['exec', 'x', '--', 'sh', '-c', 'echo > ~/there; echo > here'],
  cp: ['cp', inFolder('id_ed25519.pub'), 'x:notebooks/'],
  'key list': ['key', 'list', 'x'],
  'key add': ['key', 'add', 'x', inFolder('id_ed25519.pub')],
  'key remove': ['key', 'remove', 'x', 'nobody'],
  'ssh-config': ['ssh-config', '--write'],
  logs: ['logs', 'x'],
  handout: ['handout', '--all'],
  share: ['share', 'x', '--as', 'anna', '--key', inFolder('id_ed25519.pub')],
  certify: ['certify', 'x'],
  'admin ls': ['admin', 'ls', ...ownProject],
  'admin show': ['admin', 'show', 'alice/x', ...ownProject],
  'admin logs': ['admin', 'logs', 'alice/x', ...ownProject],
  'admin map': ['admin', 'map', ...ownProject],
  'admin report': ['admin', 'report', ...ownProject],
  'admin orphans': ['admin', 'orphans', ...ownProject],
  'admin stop': ['admin', 'stop', 'alice/x', '--reason', 'test', '--yes', ...ownProject],
  'admin start': ['admin', 'start', 'alice/x', '--reason', 'test', '--yes', ...ownProject],
  stop: ['stop', 'x'],
  start: ['start', 'x'],
  restart: ['restart', 'x'],
  wait: ['wait', 'x'],
  delete: ['delete', 'x', '--yes'],
  'admin delete': ['admin', 'delete', 'alice/y', '--reason', 'test', '--yes', ...ownProject],
  history: ['history'],
  logout: ['logout'],
};

test("no command in the sandbox changes the user's home", { timeout: 60_000 }, async () => {
  const { password = '' } = bench.sandbox.people.find(({ name }) => name === 'alice') ?? {};
  const inputs: Record<string, string> = {
    login: password,
    apply: 'notebooks:\n  - name: y\n',
    ssh: 'echo > ~/there\n',
  };
  const before = contentOf(bench.home);
  for (const [path, words] of Object.entries(calls)) {
    const argv = words.map((word) => (typeof word === 'string' ? word : word()));
    const { environment } = workspace;
    const { stdout, first } = listeningStdout();
    const interruption = new AbortController();
    // `open` waits for Ctrl-C.
    if (path === 'open') void first.then(() => interruption.abort('SIGINT'));
    const options = { environment, interruption, stdin: inputs[path] ?? '', stdout };
    const { code, stderr } = await bench.nb(argv, options);
    if (hasSsh && !mayFail.has(path)) expect(code, `${path}: ${stderr}`).toBe(codes[path] ?? 0);
    expect(contentOf(bench.home), path).toEqual(before);
  }
});

/** config init asks, and there is no terminal. */
const codes: Readonly<Record<string, number>> = {
  open: 130,
  'config init': 2,
  'key remove': 3,
};

/** What the sandbox has no need for: another context, a site's certificate. */
const mayFail = new Set(['context use', 'certify']);

test('the test above calls every command', async () => {
  const words = everyCommand(wordsOf(await buildWholeProgram(helpWorld().world)));
  const leaves = words.filter(({ commands }) => commands.length === 0).map(({ path }) => path);
  const called = leaves.filter((path) => !path.startsWith('sandbox '));
  expect(Object.keys(calls).filter((path) => path !== '')).toEqual(expect.arrayContaining(called));
});
