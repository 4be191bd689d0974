import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';

const tunnelTimeoutMs = 5_000;

/**
 * Opens a tunnel with the system's ssh, asks Jupyter for its status through it and closes it again.
 * Resolves to the HTTP status, to `no ssh` where there is none, and to `no answer` after 5 seconds.
 */
export async function statusThroughTunnel(
  argv: readonly string[],
  statusUrl: string,
): Promise<number | 'no ssh' | 'no answer'> {
  const [program = 'ssh', ...rest] = argv;
  const ssh = spawn(program, rest, { stdio: 'ignore' });
  let ended: 'no ssh' | 'no answer' | undefined;
  ssh.on('error', () => {
    ended = 'no ssh';
  });
  ssh.on('close', () => {
    ended ??= 'no answer';
  });
  try {
    const deadline = Date.now() + tunnelTimeoutMs;
    while (ended === undefined && Date.now() < deadline) {
      const status = await statusOf(statusUrl);
      if (status !== undefined) return status;
      await setTimeout(50);
    }
    return ended ?? 'no answer';
  } finally {
    ssh.kill();
  }
}

async function statusOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
