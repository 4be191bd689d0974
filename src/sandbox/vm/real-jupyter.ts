import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A Jupyter installed on this computer, run as that of a VM. */
export interface RealJupyter {
  readonly process: ChildProcess;
  /** On 127.0.0.1. */
  readonly port: number;
  /** True once it answers, false if it exits before. */
  readonly up: Promise<boolean>;
}

export interface RealJupyterOptions {
  /** The unit's command and arguments, e.g. `jupyter-lab`. */
  readonly command: readonly string[];
  /** The VM's `/etc/nubes/jupyter_config.py`. */
  readonly config: string;
  readonly account: string;
  /** Defined: Jupyter serves https. */
  readonly certificate: unknown;
  /** The PATH to search. */
  readonly path: string;
}

/** Starts the program on the VM's disk; undefined if it is not on the path. */
export async function startRealJupyter(
  root: string,
  {
    command: [name = '', ...programArguments],
    config,
    account,
    certificate,
    path,
  }: RealJupyterOptions,
): Promise<RealJupyter | undefined> {
  const program = await find(name, path);
  if (program === undefined) return undefined;
  const home = join(root, 'home', account);
  const file = join(root, 'etc', 'jupyter_config.py');
  const port = await freePort();
  await Promise.all([dirname(file), home].map((folder) => mkdir(folder, { recursive: true })));
  const vmConfig = config.replaceAll(`/home/${account}/`, `${home}/`);
  await writeFile(file, [vmConfig, ...overrides(port), ''].join('\n'));
  const [folder] = /(?<=root_dir = ").*(?=")/.exec(vmConfig) ?? [home];
  await mkdir(folder, { recursive: true });
  const child = spawn(program, [...programArguments, `--config=${file}`], {
    cwd: home,
    env: { HOME: home, USER: account, LOGNAME: account, PATH: path },
    stdio: 'ignore',
  });
  return { process: child, port, up: waitForAnswer(child, port, certificate !== undefined) };
}

/** Listen on a free loopback port of this computer, where only the sandbox connects. */
function overrides(port: number): readonly string[] {
  return [
    `c.ServerApp.port = ${port}`,
    "c.ServerApp.ip = '127.0.0.1'",
    'c.ServerApp.allow_root = True',
  ];
}

async function find(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && (await isProgram(file))) return file;
  }
  return undefined;
}

function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function waitForAnswer(child: ChildProcess, port: number, https: boolean): Promise<boolean> {
  let ended = false;
  child.on('error', () => {
    ended = true;
  });
  child.on('exit', () => {
    ended = true;
  });
  while (!ended) {
    if (await probe(port, https)) return true;
    await setTimeout(100, undefined, { ref: false });
  }
  return false;
}

function probe(port: number, https: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const to = { host: '127.0.0.1', port, path: '/api', agent: false, timeout: 2_000 };
    const get = https ? httpsGet : httpGet;
    const request = get({ ...to, rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
