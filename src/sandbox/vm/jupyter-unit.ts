import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateFile, loadCertificate, type ServedCertificate } from './certificate.ts';
import { startRealJupyter } from './real-jupyter.ts';

export interface UnitOptions {
  /** Whose Jupyter it is. */
  readonly account: string;
  /** The digest that came with the user_data. */
  readonly tokenDigest: string;
  /** The user_data has Jupyter read a renewed digest from the account's home. */
  readonly renewable: boolean;
  /** It listens to the network with this certificate; undefined: to its own host only, without one. */
  readonly certificate: CertificateFile | undefined;
  /** Its words, and the configuration they are given. */
  readonly command: readonly string[];
  readonly config: string;
  /** Where to look for a real one; undefined: nowhere, a stand-in does. */
  readonly path: string | undefined;
  /** Told when Jupyter has ended; systemd starts it again. */
  readonly onExit: () => void;
}

/** Jupyter's systemd unit on a machine: a process of the account's, which may be killed and comes back. */
export interface Unit {
  /** What tokens are compared with: as it was when Jupyter last started. */
  readonly tokenDigest: () => string;
  /** The certificate that it shows: as it was when Jupyter last started. */
  readonly servedCertificate: () => ServedCertificate | undefined;
  /** Where a real Jupyter listens on this computer; undefined: the stand-in answers. */
  readonly realPort: () => number | undefined;
  /** A real one takes its time. */
  readonly isUp: () => boolean;
  /** Has to be started with the machine, as it takes its time or is to make a certificate. */
  readonly startsWithVm: boolean;
  /** Starts it on the machine's disk, unless it runs. */
  readonly start: (root: string) => Promise<void>;
  readonly halt: () => void;
}

/** Below a machine's disk, for its `systemctl` and its `curl`: the process, and by which scheme it answers. */
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
    // One that finds no certificate in its file answers nobody.
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
      // One that cannot even start (jupyter_server 1 cannot) is not tried again.
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

/** It does nothing, and ends with the sandbox. */
function spawnStandIn(): ChildProcess {
  return spawn('/bin/sh', ['-c', 'read -r _'], { stdio: ['pipe', 'ignore', 'ignore'] });
}
