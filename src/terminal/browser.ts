import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { holdsSecrets } from '../child-environment.ts';
import type { World } from '../world.ts';

const redirectLifetimeMs = 60_000;

/** `shown`, or why the page was not opened; `secrets`: the environment holds passwords or tokens. */
export type BrowserResult = 'shown' | 'no display' | 'secrets' | 'no browser';

/**
 * Opens a page in the default browser. The URL may hold a token, and all users of a computer can read
 * a process's command line, so the browser gets a URL on 127.0.0.1 that redirects to the page once.
 */
export async function openInBrowser(url: string, world: World): Promise<BrowserResult> {
  if (!hasDisplay(world)) return 'no display';
  // The browser inherits all environment variables: `open` has no option to leave some out.
  if (holdsSecrets(world.environment)) return 'secrets';
  const { default: open } = await import('open');
  const redirect = await serveRedirect(url);
  try {
    await open(redirect.url);
    return 'shown';
  } catch {
    redirect.close();
    return 'no browser';
  }
}

function hasDisplay({ environment, platform }: World): boolean {
  if (environment['DISPLAY'] || environment['WAYLAND_DISPLAY']) return true;
  const isRemote = environment['SSH_CONNECTION'] !== undefined;
  if (platform === 'darwin' || platform === 'win32') return !isRemote;
  return environment['WSL_DISTRO_NAME'] !== undefined;
}

interface Redirect {
  readonly url: string;
  readonly close: () => void;
}

async function serveRedirect(target: string): Promise<Redirect> {
  const path = `/${randomBytes(16).toString('hex')}`;
  const server: Server = createServer((request, response) => {
    response.setHeader('connection', 'close');
    if (request.url !== path) {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(302, {
        location: target,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      })
      .end(close);
  });
  const timer = setTimeout(close, redirectLifetimeMs);
  function close(): void {
    clearTimeout(timer);
    server.close();
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  timer.unref();
  server.unref();
  return { url: `http://127.0.0.1:${port}${path}`, close };
}
