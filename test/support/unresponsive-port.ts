import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * A port of an address of this computer that answers nothing, as behind a firewall that drops: its
 * listener is halted and its queue is full. Linux leaves further connections without an answer.
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
  const [told] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(told.toString());
  child.kill('SIGSTOP');
  for (let index = 0; index < 2; index += 1) {
    const socket = connect({ host: address, port });
    sockets.push(socket);
    await once(socket, 'connect');
  }
  return port;
}
