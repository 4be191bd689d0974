import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerChannel } from 'ssh2';

/** A machine's disk: a temporary folder with a home for each account. */
export interface Disk {
  /** Its root; made at the first call. */
  readonly folder: () => Promise<string>;
  /** Runs a command in the account's home and gives its exit code to the channel. */
  readonly run: (account: string, command: string, channel: ServerChannel) => void;
  /** Ends what runs; the files stay. */
  readonly halt: () => void;
  readonly remove: () => Promise<void>;
}

/** Commands that would reach past the sandbox: the shell is the real computer's. */
const refused = ['su', 'poweroff', 'reboot', 'shutdown', 'halt'];

/** What accounts of the sandbox may do as root: start Jupyter anew, nothing else. */
function programs(root: string): Readonly<Record<string, string>> {
  const process = `'${join(root, 'run', 'jupyter')}'`;
  return {
    ...Object.fromEntries(refused.map((name) => [name, refusal(name)])),
    systemctl: `case "$*" in
"show -p MainPID --value nubes-jupyter.service") cat ${process} 2>/dev/null || echo 0;;
*) ${refusal('systemctl')};;
esac`,
    sudo: `case "$*" in
"-n systemctl --no-block restart nubes-jupyter.service")
  P=$(cat ${process}) && echo $((P + 1)) > ${process};;
*) ${refusal('sudo')};;
esac`,
    // The loopback address is the real computer's; the machine's own Jupyter is asked by other ways.
    curl: `case "$*" in
*://127.0.0.1:*/api) test -s ${process} || exit 7;;
*) exec /usr/bin/curl "$@";;
esac`,
  };
}

function refusal(name: string): string {
  return `echo "${name}: not on a machine of the sandbox" >&2; exit 1`;
}

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
    folder,
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
  await Promise.all([mkdir(join(root, 'bin')), mkdir(join(root, 'run'))]);
  for (const [name, lines] of Object.entries(programs(root))) {
    const file = join(root, 'bin', name);
    await writeFile(file, `#!/bin/sh\n${lines}\n`);
    await chmod(file, 0o755);
  }
  return root;
}
