import { connect } from 'node:tls';
import type { World } from '../world.ts';
import { spawnProgram, sshArgv } from './client.ts';
import { pipesOf } from './jupyter-probe.ts';
import type { Connection } from './target.ts';

export interface JupyterRequest {
  readonly port: number;
  readonly https: boolean;
  /** With a leading slash. */
  readonly path: string;
  /** Goes only through ssh, which has verified the VM. */
  readonly token: string;
}

const timeoutMs = 15_000;
const maxResponseBytes = 1024 * 1024;

/** The JSON of Jupyter's API, through `ssh -W`; undefined if anything goes wrong. */
export async function jupyterJson(
  connection: Connection,
  { port, https, path, token }: JupyterRequest,
  world: Pick<World, 'environment' | 'cwd' | 'interrupted'>,
): Promise<unknown> {
  const options = ['-W', `127.0.0.1:${port}`];
  const argv = sshArgv(connection, { options, use: 'probe', asks: false });
  const child = spawnProgram(argv, world, ['pipe', 'pipe', 'ignore']);
  const kill = () => void child.kill();
  const timer = setTimeout(kill, timeoutMs);
  world.interrupted.addEventListener('abort', kill, { once: true });
  const stream = https
    ? connect({ socket: pipesOf(child), rejectUnauthorized: false })
    : pipesOf(child);
  try {
    return await new Promise((resolve) => {
      let response = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        response += text;
        if (response.length > maxResponseBytes) resolve(undefined);
      });
      stream.on('error', () => resolve(undefined)).on('close', () => resolve(bodyOf(response)));
      stream.on('end', () => resolve(bodyOf(response)));
      child.on('error', () => resolve(undefined)).on('close', () => resolve(bodyOf(response)));
      const head = [`GET ${path} HTTP/1.0`, `Host: 127.0.0.1:${port}`];
      stream.write([...head, `Authorization: token ${token}`, '', ''].join('\r\n'));
    });
  } finally {
    clearTimeout(timer);
    world.interrupted.removeEventListener('abort', kill);
    kill();
    stream.destroy();
  }
}

function bodyOf(response: string): unknown {
  const end = response.indexOf('\r\n\r\n');
  if (!/^HTTP\/1\.[01] 200 /.test(response) || end < 0) return undefined;
  try {
    return JSON.parse(response.slice(end));
  } catch {
    return undefined;
  }
}
