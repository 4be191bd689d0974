import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { World } from '../world.ts';

/** How long the browser may take to start. */
const patience = 60_000;

/** Whether a page was sent to the browser, or why not. */
export type Shown = 'shown' | 'no display' | 'secrets' | 'no browser';

/**
 * Opens a page in the person's browser. The URL may hold a token, and everybody on a computer can read
 * a browser's command line: so the browser gets the address of a door on 127.0.0.1, which leads to the
 * page once and is then gone.
 */
export async function showPage(url: string, world: World): Promise<Shown> {
  if (!hasDisplay(world)) return 'no display';
  // The browser inherits our variables, which the library cannot leave out.
  if (hasSecrets(world.environment)) return 'secrets';
  const { default: open } = await import('open');
  const door = await openDoor(url);
  try {
    await open(door.address);
    return 'shown';
  } catch {
    door.close();
    return 'no browser';
  }
}

function hasDisplay({ environment, platform }: World): boolean {
  if (environment['DISPLAY'] || environment['WAYLAND_DISPLAY']) return true;
  const elsewhere = environment['SSH_CONNECTION'] !== undefined;
  if (platform === 'darwin' || platform === 'win32') return !elsewhere;
  return environment['WSL_DISTRO_NAME'] !== undefined;
}

function hasSecrets(environment: World['environment']): boolean {
  return Object.keys(environment).some((name) =>
    /^(?:NUBES_NB|OS)_.*(?:SECRET|PASSWORD|TOKEN)/.test(name),
  );
}

interface Door {
  readonly address: string;
  readonly close: () => void;
}

async function openDoor(url: string): Promise<Door> {
  const path = `/${randomBytes(16).toString('hex')}`;
  const server: Server = createServer((request, response) => {
    response.setHeader('connection', 'close');
    if (request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(302, {
        location: url,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      })
      .end(close);
  });
  const timer = setTimeout(close, patience);
  function close(): void {
    clearTimeout(timer);
    server.close();
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  timer.unref();
  server.unref();
  return { address: `http://127.0.0.1:${port}${path}`, close };
}
