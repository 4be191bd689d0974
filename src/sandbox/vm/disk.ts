import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerChannel } from 'ssh2';
import { temporaryFolder } from '../temporary-folder.ts';
import { pidFile, upFile } from './jupyter-unit.ts';
import type { Tree } from './sftp/paths.ts';

/** A VM's disk: a temporary folder with a home for each account. */
export interface Disk {
  /** Runs a command in the account's home and sends its output and exit code to the channel. */
  readonly run: (account: string, command: string, channel: ServerChannel) => void;
  /** The folder, with the account's home, for SFTP. */
  readonly files: (account: string) => Promise<Tree>;
  /** A file's content; undefined if there is none, or the disk was not needed yet. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** Creates the folder and runs the `start` of `openDisk` on it. */
  readonly open: () => Promise<void>;
  /** Kills all processes; the files stay. */
  readonly halt: () => void;
  readonly remove: () => Promise<void>;
}

/** Commands that would affect the host, whose shell this is. */
const blockedCommands = ['sudo', 'su', 'poweroff', 'reboot', 'shutdown', 'halt'];

/** Stand-ins that support only what the client asks about Jupyter. */
const standIns: Readonly<Record<string, string>> = {
  systemctl: `case "$*" in
'show -p MainPID --value nubes-jupyter.service') cat "\${0%/*}/../${pidFile}" 2>/dev/null || echo 0 ;;
*) echo 'systemctl: not on a machine of the sandbox' >&2; exit 1 ;;
esac`,
  // Scripts that poll in steps of a second find the stand-in up at once.
  sleep: 'exec /bin/sleep 0.1',
  curl: `for url; do :; done
case $url in
http://127.0.0.1:* | https://127.0.0.1:*)
  UP=$(cat "\${0%/*}/../${upFile}" 2>/dev/null) || exit 7
  [ "$UP" = "\${url%%:*}" ] || exit 52
  case "$url $*" in http:* | *' -k '*) ;; *) exit 60 ;; esac
  case "$*" in *'%{http_code}'*) printf ' 200' ;; esac ;;
*) exec /usr/bin/curl "$@" ;;
esac`,
};

interface DiskContents {
  /** Runs once. */
  readonly make?: (root: string) => Promise<void>;
  /** Runs before each command. */
  readonly start?: (root: string) => Promise<void>;
}

/** A disk that is created on first use. */
export function openDisk({ make, start = async () => {} }: DiskContents = {}): Disk {
  const running = new Set<ChildProcess>();
  let folderMade: Promise<string> | undefined;
  const folder = () => {
    folderMade ??= makeFolder(make);
    return folderMade;
  };

  const homeOf = async (account: string) => {
    const root = await folder();
    await start(root);
    const home = join(root, 'home', account);
    await mkdir(home, { recursive: true });
    return { root, home };
  };

  const execute = async (account: string, command: string, channel: ServerChannel) => {
    const { root, home } = await homeOf(account);
    const child = spawn('/bin/sh', ['-c', onDisk(command, account, root)], {
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
    open: async () => start(await folder()),
    files: async (account) => {
      const { root } = await homeOf(account);
      return { root: await realpath(root), home: `/home/${account}` };
    },
    read: async (path) => {
      if (folderMade === undefined) return undefined;
      return readFile(join(await folderMade, path), 'utf8').catch(() => undefined);
    },
    run: (account, command, channel) => {
      execute(account, command, channel).catch(() => {
        channel.exit(255);
        channel.end();
      });
    },
    halt: () => {
      for (const child of running) child.kill('SIGKILL');
    },
    remove: async () => {
      for (const child of running) child.kill('SIGKILL');
      if (folderMade !== undefined)
        await rm(await folderMade, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** The account's home and `/etc/nubes` are on the disk; on this computer they may be those of its user. */
function onDisk(command: string, account: string, root: string): string {
  const moved = command.replace(
    /(?<![\w./-])\/home\/([\w-]+)(?![\w-])/g,
    (path: string, name: string) => (name === account ? join(root, 'home', account) : path),
  );
  return moved.replace(/(?<![\w./-])\/etc\/nubes\//g, `${join(root, 'etc', 'nubes')}/`);
}

async function makeFolder(fill: DiskContents['make']): Promise<string> {
  const root = await temporaryFolder('vm');
  await fill?.(root);
  await mkdir(join(root, 'bin'));
  const programs = {
    ...standIns,
    ...Object.fromEntries(
      blockedCommands.map((name) => [
        name,
        `echo "${name}: not on a machine of the sandbox" >&2\nexit 1`,
      ]),
    ),
  };
  for (const [name, text] of Object.entries(programs)) {
    const file = join(root, 'bin', name);
    await writeFile(file, `#!/bin/sh\n${text}\n`);
    await chmod(file, 0o755);
  }
  return root;
}
