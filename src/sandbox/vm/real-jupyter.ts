import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A Jupyter of this computer's own, which plays a machine's. */
export interface RealJupyter {
  readonly process: ChildProcess;
  /** On 127.0.0.1 of this computer. */
  readonly port: number;
  /** True when it answers, false when it has ended before. */
  readonly up: Promise<boolean>;
}

export interface RealJupyterOptions {
  /** The words of the unit's command, e.g. `jupyter-lab`. */
  readonly command: readonly string[];
  /** The machine's `/etc/nubes/jupyter_config.py`. */
  readonly config: string;
  readonly account: string;
  /** Where programs are looked for. */
  readonly path: string;
}

/** Starts the program on the machine's disk; undefined where it is not on the path. */
export async function startRealJupyter(
  root: string,
  { command: [name = '', ...words], config, account, path }: RealJupyterOptions,
): Promise<RealJupyter | undefined> {
  const program = await find(name, path);
  if (program === undefined) return undefined;
  const home = join(root, 'home', account);
  const file = join(root, 'etc', 'jupyter_config.py');
  const port = await freePort();
  await Promise.all([dirname(file), home].map((folder) => mkdir(folder, { recursive: true })));
  const inside = config.replaceAll(`/home/${account}/`, `${home}/`);
  await writeFile(file, `${inside}\nc.ServerApp.port = ${port}\nc.ServerApp.allow_root = True\n`);
  const [folder] = /(?<=root_dir = ").*(?=")/.exec(inside) ?? [home];
  await mkdir(folder, { recursive: true });
  const child = spawn(program, [...words, `--config=${file}`], {
    cwd: home,
    env: { HOME: home, USER: account, LOGNAME: account, PATH: path },
    stdio: 'ignore',
  });
  return { process: child, port, up: answers(child, port) };
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

async function answers(child: ChildProcess, port: number): Promise<boolean> {
  let ended = false;
  child.on('error', () => {
    ended = true;
  });
  child.on('exit', () => {
    ended = true;
  });
  while (!ended) {
    if (await ask(port)) return true;
    await setTimeout(100, undefined, { ref: false });
  }
  return false;
}

function ask(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const to = { host: '127.0.0.1', port, path: '/api', agent: false, timeout: 2_000 };
    const request = get(to, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
