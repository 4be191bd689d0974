import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerChannel } from 'ssh2';

/** A machine's disk: a temporary folder with a home for each account. */
export interface Disk {
  /** Runs a command in the account's home and gives its exit code to the channel. */
  readonly run: (account: string, command: string, channel: ServerChannel) => void;
  /** Ends what runs; the files stay. */
  readonly halt: () => void;
  readonly remove: () => Promise<void>;
}

/** Commands that would reach past the sandbox: the shell is the real computer's. */
const refused = ['sudo', 'su', 'systemctl', 'poweroff', 'reboot', 'shutdown', 'halt'];

/** Makes the disk when it is first used. */
export function openDisk(): Disk {
  const running = new Set<ChildProcess>();
  let making: Promise<string> | undefined;
  const folder = () => {
    making ??= makeFolder();
    return making;
  };

  const start = async (account: string, command: string, channel: ServerChannel) => {
    const root = await folder();
    const home = join(root, 'home', account);
    await mkdir(home, { recursive: true });
    const child = spawn('/bin/sh', ['-c', command], {
      cwd: home,
      env: {
        HOME: home,
        USER: account,
        LOGNAME: account,
        PATH: `${join(root, 'bin')}:/usr/bin:/bin`,
      },
    });
    running.add(child);
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.stdin.on('error', () => {});
    channel.on('close', () => child.kill('SIGKILL'));
    child.on('close', (code) => {
      running.delete(child);
      channel.exit(code ?? 255);
      channel.end();
    });
  };

  return {
    run: (account, command, channel) => {
      start(account, command, channel).catch(() => {
        channel.exit(255);
        channel.end();
      });
    },
    halt: () => {
      for (const child of running) child.kill('SIGKILL');
    },
    remove: async () => {
      for (const child of running) child.kill('SIGKILL');
      if (making !== undefined) await rm(await making, { recursive: true, force: true });
    },
  };
}

async function makeFolder(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'nubes-nb-vm-'));
  await mkdir(join(root, 'bin'));
  for (const name of refused) {
    const file = join(root, 'bin', name);
    await writeFile(
      file,
      `#!/bin/sh\necho "${name}: not on a machine of the sandbox" >&2\nexit 1\n`,
    );
    await chmod(file, 0o755);
  }
  return root;
}
