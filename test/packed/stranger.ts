import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { Computer } from './computer.ts';

type StrangerRow = readonly [
  words: string,
  exitCode: number,
  shown: RegExp,
  environment?: Readonly<Record<string, string>>,
];

const unknown = /^error: The home folder is not known: HOME is not set, and the system has no acc/;
const places = { XDG_STATE_HOME: '/x', XDG_CONFIG_HOME: '/x' };

/** Calls by a user ID that the system has no account for, as in `docker run --user`, without HOME and more. */
const strangerRows: readonly StrangerRow[] = [
  ['--version', 0, /^\d/],
  ['--help', 0, /^nubes-nb|^Usage/],
  ['completion bash', 0, /^complete/m],
  ['version', 0, /^nubes-nb \d/],
  ['man ls', 0, /^\.TH/m],
  ['sandbox run --stand-in nubes-nb whoami', 0, /^Logged in as alice/m],
  ['sandbox run --stand-in nubes-nb doctor', 11, /ssh +ssh does not run for a user without an acc/],
  ['', 11, unknown],
  ['ls', 11, unknown],
  ['config path', 11, unknown],
  ['whoami', 11, /^hint: export HOME=FOLDER; or XDG_CONFIG_HOME and XDG_STATE_HOME$/m],
  ['doctor', 11, /settings +The home folder is not known/],
  ['ls', 11, unknown, { HOME: '' }],
  ['ls', 11, /HOME is "here", which is not an absolute path\.$/m, { HOME: 'here' }],
  [
    'ls',
    11,
    /session\.json cannot be read: a part of the path is not a folder/,
    { HOME: '/etc/passwd' },
  ],
  ['ls', 4, /^error: You are not logged in/, { HOME: '/nonexistent' }],
  ['ls', 4, /^error: You are not logged in/, places],
  [
    'sandbox run true',
    11,
    /^error: No folder can be made in \/none, where .*: its folder does not exist/,
    { TMPDIR: '/none' },
  ],
  [
    'sandbox run true',
    11,
    /made in \/, where .*: permission denied\.\nhint: export TMPDIR/,
    { TMPDIR: '/' },
  ],
];

/** The rows with their titles. */
export const titledStrangerRows = strangerRows.map((row) => {
  const [words, exitCode, , environment = {}] = row;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value} `);
  return [`${variables.join('')}nubes-nb ${words} exits ${exitCode}`, row] as const;
});

const strangerId = 54_321;

export async function expectStrangerRow(
  { home, installed, coverage }: Computer,
  [words, exitCode, shown, environment = {}]: StrangerRow,
): Promise<void> {
  // Of the folder for temporary files, only its owner may read what is below.
  chmodSync(dirname(home), 0o711);
  chmodSync(coverage, 0o777);
  const PATH = [installed.bin, dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  const ended = await execa(
    'nubes-nb',
    words.split(' ').filter((word) => word !== ''),
    {
      ...{ cwd: '/', uid: strangerId, gid: strangerId, input: '' },
      ...{
        env: { PATH, NODE_V8_COVERAGE: coverage, ...environment },
        extendEnv: false,
        reject: false,
      },
    },
  );
  const all = `${ended.stdout}\n${ended.stderr}`.trimStart();
  expect(all).not.toMatch(/this is a bug/);
  expect(all).toMatch(shown);
  expect(ended.exitCode, all).toBe(exitCode);
}
