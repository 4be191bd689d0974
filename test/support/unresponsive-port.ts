import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * A local port that does not answer, as behind a firewall that drops packets: its listener is stopped
 * and its backlog is full, so that Linux ignores further connections.
 */
export async function unresponsivePort(address: string): Promise<number> {
  const program = `require('net').createServer().listen({ port: 0, host: '${address}', backlog: 1 },
    function () { console.log(this.address().port); });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    child.kill('SIGKILL');
  });
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(output.toString());
  child.kill('SIGSTOP');
  for (let index = 0; index < 2; index += 1) {
    const socket = connect({ host: address, port });
    sockets.push(socket);
    await once(socket, 'connect');
  }
  return port;
}
