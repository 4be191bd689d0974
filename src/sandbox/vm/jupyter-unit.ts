import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateFile, loadCertificate, type ServedCertificate } from './certificate.ts';
import { startRealJupyter } from './real-jupyter.ts';

export interface UnitOptions {
  /** The account that runs Jupyter. */
  readonly account: string;
  /** The digest in the user_data. */
  readonly tokenDigest: string;
  /** Jupyter reads a renewed digest from the account's home. */
  readonly renewable: boolean;
  /** Defined: serves https on the network with this certificate; undefined: http on loopback. */
  readonly certificate: CertificateFile | undefined;
  /** The unit's command and configuration. */
  readonly command: readonly string[];
  readonly config: string;
  /** A PATH to search for a real Jupyter; undefined: a stand-in runs. */
  readonly path: string | undefined;
  /** Called when Jupyter has exited, before it is restarted. */
  readonly onExit: () => void;
}

/** Jupyter's systemd unit on a VM: a process that is restarted when it exits. */
export interface Unit {
  /** The token digest, read when Jupyter last started. */
  readonly tokenDigest: () => string;
  /** The certificate, read when Jupyter last started. */
  readonly servedCertificate: () => ServedCertificate | undefined;
  /** The local port of a real Jupyter; undefined: the stand-in answers. */
  readonly realPort: () => number | undefined;
  /** Whether Jupyter answers. */
  readonly isUp: () => boolean;
  /** Starts with the VM, since a real Jupyter starts slowly and a certificate must exist at boot. */
  readonly startsWithVm: boolean;
  /** Starts it on the VM's disk unless it is running. */
  readonly start: (root: string) => Promise<void>;
  readonly halt: () => void;
}

/** On the VM's disk, for its `systemctl` and `curl`: Jupyter's pid, and its scheme once it answers. */
export const pidFile = join('run', 'jupyter.pid');
export const upFile = join('run', 'jupyter.up');
/** Below an account's home. */
const digestFile = join('.nubes-nb', 'token.sha256');

export function createJupyterUnit(options: UnitOptions): Unit {
  const { account, tokenDigest, renewable, certificate, onExit, path } = options;
  const startsWithVm = path !== undefined || certificate !== undefined;
  let digest = tokenDigest;
  let process: ChildProcess | undefined;
  let starting: Promise<void> | undefined;
  let variant = path === undefined ? 'stand-in' : 'real';
  let realPort: number | undefined;
  let isUp = !startsWithVm;
  const scheme = certificate === undefined ? 'http' : 'https';
  let servedCertificate: ServedCertificate | undefined;

  const spawnJupyter = async (root: string): Promise<ChildProcess> => {
    const real =
      variant === 'real' && path !== undefined
        ? await startRealJupyter(root, { ...options, path })
        : undefined;
    realPort = real?.port;
    // Without a valid certificate Jupyter does not start.
    isUp = real === undefined && (certificate === undefined || servedCertificate !== undefined);
    void real?.up.then((answers) => {
      if (process !== real.process || !answers) return;
      isUp = true;
      writeFile(join(root, upFile), scheme).catch(() => {});
    });
    return real?.process ?? spawnStandIn();
  };
  const launch = async (root: string) => {
    const home = join(root, 'home', account);
    await mkdir(join(root, 'run'), { recursive: true });
    await rm(join(root, upFile), { force: true });
    if (renewable) await mkdir(join(home, '.nubes-nb'), { recursive: true, mode: 0o700 });
    const renewed = renewable ? await readFile(join(home, digestFile), 'utf8').catch(() => '') : '';
    digest = /^[0-9a-f]{64}(?=\s*$)/.exec(renewed)?.[0] ?? tokenDigest;
    if (certificate !== undefined) servedCertificate = await loadCertificate(root, certificate);
    const child = await spawnJupyter(root);
    process = child;
    const exited = () => {
      if (process !== child) return;
      // If a real Jupyter cannot start (jupyter_server 1 cannot), the stand-in replaces it.
      if (realPort !== undefined && !isUp) variant = 'stand-in';
      process = undefined;
      starting = undefined;
      onExit();
      Promise.all([pidFile, upFile].map((file) => rm(join(root, file), { force: true })))
        .then(() => start(root))
        .catch(() => {});
    };
    child.on('exit', exited).on('error', exited);
    if (isUp) await writeFile(join(root, upFile), scheme);
    await writeFile(join(root, pidFile), `${child.pid}\n`);
  };
  const start = (root: string): Promise<void> => {
    starting ??= launch(root);
    return starting;
  };
  return {
    tokenDigest: () => digest,
    servedCertificate: () => servedCertificate,
    realPort: () => realPort,
    isUp: () => isUp,
    startsWithVm,
    start,
    halt: () => {
      const running = process;
      process = undefined;
      starting = undefined;
      isUp = !startsWithVm;
      running?.kill('SIGKILL');
    },
  };
}

/** Blocks on stdin, so it ends with the sandbox. */
function spawnStandIn(): ChildProcess {
  return spawn('/bin/sh', ['-c', 'read -r _'], {
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}
