import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { backgroundPortCheck, checkSshPort } from '../../src/ssh/port-check.ts';

async function portWith(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test.each([
  ['answers', 'sends a banner', (socket: Socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
  [
    'answers',
    'sends a line and then a banner',
    (socket: Socket) => void socket.end('hello\r\nSSH-2.0-x\r\n'),
  ],
  [
    'penalty',
    'is OpenSSH 9.8 and has penalised the address',
    (socket: Socket) => void socket.end('Not allowed at this time\r\n'),
  ],
  [
    'silent',
    'sends something else',
    (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  ],
  ['silent', 'sends nothing', () => {}],
  ['silent', 'closes the connection', (socket: Socket) => void socket.end()],
  ['silent', 'resets the connection', (socket: Socket) => void socket.resetAndDestroy()],
])('checkSshPort is %s if the server %s', async (check, _what, onConnection) => {
  const port = await portWith(onConnection);
  expect(await checkSshPort({ host: '127.0.0.1', port }, 200)).toBe(check);
});

test('checkSshPort is refused if no server listens', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  server.close();
  await once(server, 'close');
  expect(await checkSshPort({ host: '127.0.0.1', port: address.port }, 200)).toBe('refused');
});

test('checkSshPort is no name if the host does not resolve', async () => {
  expect(await checkSshPort({ host: 'vm.invalid', port: 22 })).toBe('no name');
});

test('backgroundPortCheck backs off from an sshd that counts connections, and not from a port that refuses', async () => {
  let connections = 0;
  const port = await portWith((socket) => {
    connections += 1;
    socket.end('Not allowed at this time\r\n');
  });
  let nowMs = 0;
  const now = () => new Date(nowMs);
  const check = backgroundPortCheck({ timeoutMs: 500, now, onAnswer: () => {} });
  const after = async (seconds: number) => {
    nowMs += seconds * 1_000;
    check.start({ host: '127.0.0.1', port });
    expect(await check.result()).toBe('penalty');
    return connections;
  };
  const counts = [];
  for (const seconds of [0, 1, 1, 3, 1, 9, 1, 60]) counts.push(await after(seconds));
  expect(counts).toEqual([1, 1, 1, 2, 2, 3, 3, 4]);
});
