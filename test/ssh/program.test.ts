import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { sshRelease } from '../../src/ssh/program.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nubes-nb-ssh-'));
  file = join(folder, 'ssh-release');
  const created = folder;
  onTestFinished(() => rmSync(created, { recursive: true }));
});

function computer(script: string) {
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'ssh'), 0o755);
  return {
    environment: { PATH: folder },
    cwd: folder,
    platform: 'linux',
    interrupted: new AbortController().signal,
  } as const;
}

test('the release of ssh is recorded', async () => {
  const world = computer('echo "OpenSSH_8.0p1, OpenSSL 1.1.1k" >&2');
  expect(await sshRelease(file, world)).toEqual([8, 0]);
  expect(readFileSync(file, 'utf8')).toContain('OpenSSH_8.0p1');
});

test('nothing is recorded of an ssh that was interrupted', async () => {
  const world = computer('exec /bin/sleep 60');
  expect(await sshRelease(file, { ...world, interrupted: AbortSignal.abort() })).toBeUndefined();
  expect(existsSync(file)).toBe(false);
});

test('an ssh that is not OpenSSH has no release, and that is recorded', async () => {
  expect(await sshRelease(file, computer('echo Dropbear >&2'))).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toContain('not OpenSSH');
});
