import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtProgram } from '../support/build.ts';
import { type ProcessBench, processBench } from '../support/processes.ts';
import { hasSsh } from '../support/ssh.ts';

/** Whether this user may mount in a namespace of their own. */
const mayMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

/** Replaces the folder `$AT` for the program that follows. */
const script = `set -e
case "$KIND" in
  full)
    cp -a "$AT" "$AT.copy"
    mount -t tmpfs -o size=512k,mode=700 none "$AT"
    cp -a "$AT.copy/." "$AT" && rm -r "$AT.copy"
    # An append would fit into the last block of a file.
    rm -f "$AT/journal.ndjson"
    dd if=/dev/zero of="$AT/fill" bs=4k 2>&1 | tail -n 0 ;;
  read-only) mount --bind "$AT" "$AT" && mount -o remount,bind,ro "$AT" ;;
esac
exec "$@"`;

let bench: ProcessBench;
let program: string;
beforeAll(async () => {
  [bench, program] = await Promise.all([processBench({}, ''), builtProgram()]);
  await bench.nb(['create', 'x', '--wait', 'running']);
}, 60_000);
afterAll(() => bench.close());

type Kind = 'full' | 'read-only';

async function run(words: string, at: string, kind: Kind) {
  const home = bench.environment['HOME'] ?? '';
  const folder = join(home, at);
  mkdirSync(folder, { recursive: true });
  const argv = ['-rm', 'sh', '-c', script, 'sh', process.execPath, program, ...words.split(' ')];
  const { password = '' } = bench.sandbox.people.find(({ name }) => name === 'alice') ?? {};
  const variables = at.startsWith('new/') ? { XDG_STATE_HOME: dirname(folder) } : {};
  const env = { ...bench.environment, ...variables, AT: folder, KIND: kind };
  const { exitCode, stderr } = await execa('unshare', argv, {
    ...{ cwd: home, env, extendEnv: false, reject: false, input: password },
  });
  return {
    exitCode,
    stderr: stderr.replaceAll(home, '~').replace(/ssh_config-\w+/, 'ssh_config-HASH'),
  };
}

const state = '.local/state/nubes-nb';
const login = 'login --username alice --project jupyter-notebooks --password-stdin';
const refused: readonly (readonly [words: string, at: string, path: string, by: string])[] = [
  [login, 'new/nubes-nb', '~/new/nubes-nb', 'XDG_STATE_HOME'],
  ['create y', state, `The journal ~/${state}/journal.ndjson`, 'XDG_STATE_HOME'],
  [
    '--config .config/c.toml config set notebook.size x',
    '.config',
    'The settings file ~/.config/c.toml',
    '--config',
  ],
  ['ssh-config --write', '.config', '~/.config/nubes-nb/ssh_config-HASH', 'XDG_CONFIG_HOME'],
  ['doctor --bundle bundle/b', 'bundle', '~/bundle/b', '--bundle FILE'],
  ...(hasSsh
    ? ([['tunnel x --background', state, `~/${state}/tunnels`, 'XDG_STATE_HOME']] as const)
    : []),
];
const reasons = {
  full: /: the disk is full\.$/,
  // Node makes of EROFS an ENOENT when it makes a folder and those above it.
  'read-only': /: (?:the file system is read-only|its folder does not exist and cannot be made)\.$/,
};
const hints = { full: 'free space on that disk', 'read-only': 'make the folder writable' };
const rows = refused.flatMap((row) =>
  (['full', 'read-only'] as const).map((kind) => [kind, ...row] as const),
);

test.runIf(mayMount).each(rows)(
  'on a disk that is %s, %s names the folder and what replaces it',
  async (kind, words, at, path, by) => {
    const { exitCode, stderr } = await run(words, at, kind);
    const [error = '', hint = ''] = stderr.split('\n').slice(-2);
    expect(error).toContain(`error: ${path}`);
    expect(error).toMatch(reasons[kind]);
    expect(hint).toContain(`hint: ${hints[kind]}`);
    expect(hint).toContain(by);
    expect(exitCode).toBe(11);
  },
);

test.runIf(mayMount).each([
  ['ls', '.cache'],
  ['ls', state],
  ['show x', '.config'],
  ['create z --wait running', '.cache'],
  ['delete z --yes', '.config'],
])('%s works if the disk of %s is full or read-only', async (words, at) => {
  for (const kind of ['full', 'read-only'] as const) {
    expect(await run(words.replace('z', `z-${kind}`), at, kind)).toMatchObject({ exitCode: 0 });
  }
});
