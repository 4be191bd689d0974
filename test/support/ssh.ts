import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import ssh2 from 'ssh2';
import { makeKeyPair } from '../../src/sandbox/vm/key-pair.ts';
import type { Seen, Workbench } from './workbench.ts';

/** Whether this computer has OpenSSH's client. */
export const hasSsh = spawnSync('ssh', ['-V']).error === undefined;

/** Creates a key pair of the user; returns the variable that names it. */
export function ownKey({ home }: Workbench): Record<string, string> {
  const file = join(home, 'a key');
  const { private: secret, public: open } = makeKeyPair(ssh2, 'test');
  writeFileSync(file, secret, { mode: 0o600 });
  writeFileSync(`${file}.pub`, `${open}\n`);
  return { NUBES_NB_NOTEBOOK_KEY_FILE: file };
}

/** A public key of its own for each number; there is no private one. */
export function numberedKey(number: number): string {
  const field = (data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, data]);
  };
  const data = Buffer.alloc(32, 1);
  data.writeUInt32BE(number);
  const wire = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(data)]);
  return `ssh-ed25519 ${wire.toString('base64')}`;
}

/** A fake ssh that records its arguments and variables and then runs a script. */
export interface FakeSsh {
  readonly environment: Record<string, string>;
  /** The arguments of each call. */
  readonly calls: () => string[][];
  /** The variables of all calls. */
  readonly variables: () => string;
}

/** Puts a fake ssh first on the PATH; `$CALL` is the number of the call, without those that connect nowhere (`-V`, `-G`). `fault`: what `-G` says. */
export function fakeSsh(
  { home }: Pick<Workbench, 'home'>,
  lines: string,
  { program = 'ssh', version = 'OpenSSH_9.6p1', fault = '' } = {},
): FakeSsh {
  const bin = join(home, 'bin');
  const calls = join(home, `${program}-calls`);
  const variables = join(home, `${program}-variables`);
  mkdirSync(bin, { recursive: true });
  for (const file of [calls, variables]) rmSync(file, { force: true });
  writeFileSync(
    join(bin, program),
    `#!/bin/sh
[ "$*" = -V ] && echo '${version}' >&2 && exit
case "$1" in -G) printf '%s' '${fault}' >&2; exit 255;; esac
for word in "$@"; do printf '%s\\0' "$word"; done >> '${calls}'
printf '\\n\\0' >> '${calls}'
/usr/bin/env >> '${variables}'
CALL=$(tr -dc '\\n' < '${calls}' | wc -c)
${lines}
`,
  );
  chmodSync(join(bin, program), 0o755);
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  return {
    environment: { PATH: `${bin}:/usr/bin:/bin` },
    calls: () =>
      read(calls)
        .split('\n\0')
        .slice(0, -1)
        .map((call) => call.split('\0').slice(0, -1)),
    variables: () => read(variables),
  };
}

/**
 * Runs a command that prints a URL and stays, does something with the URL, and presses Ctrl-C unless the command ends by
 * itself. Without a URL the command has ended.
 */
export async function runUntilCtrlC(
  bench: Pick<Workbench, 'nb'>,
  words: string,
  environment: Record<string, string>,
  meanwhile: (url: string) => Promise<unknown> = async () => {},
  endsItself = false,
): Promise<Seen & { readonly url: string }> {
  const { stdout, first } = listeningStdout();
  const interruption = new AbortController();
  const running = bench.nb(words, { environment, stdout, interruption });
  const ended = await Promise.race([running, first]);
  if (typeof ended !== 'string') return { ...ended, url: '' };
  await meanwhile(ended.trim());
  if (!endsItself) interruption.abort('SIGINT');
  return { ...(await running), url: ended.trim() };
}

/** A stdout, and a promise of the first text written to it. */
export function listeningStdout(): { stdout: PassThrough; first: Promise<string> } {
  const stdout = new PassThrough();
  const first = new Promise<string>((resolve) => {
    stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
  });
  return { stdout, first };
}
