import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import type { OpenTunnel } from '../../notebooks/connect/tunnel.ts';
import type { Deps } from '../../notebooks/deps.ts';
import type { Notebook } from '../../notebooks/notebook.ts';
import { isOff } from '../../notebooks/status.ts';
import { type BrowserResult, openInBrowser } from '../../terminal/browser.ts';
import type { Report } from '../../terminal/report.ts';
import { aboutCertificate } from './certificate.ts';
import { alreadyPrinted, signalExit } from './exit-code.ts';

interface PageOptions {
  readonly start?: boolean | undefined;
  readonly browser: boolean;
  readonly localPort?: number | undefined;
  readonly tunnel?: boolean | undefined;
}

/** Waits until ready, opens the tunnel and the browser, and keeps the tunnel until Ctrl-C. */
export async function openPage(
  app: App,
  reference: string,
  options: PageOptions,
  limit: { readonly timeoutMs: number },
): Promise<Report> {
  const { world, terminal, places } = app;
  const { localPort } = options;
  const deps = await app.deps();
  const { notebookAccess } = await import('../../notebooks/jupyter/token.ts');
  // Fails before any wait if this login cannot derive the token.
  const { notebook, tunnelTokenUrl, server } = await notebookAccess(deps, reference);
  const wasUp = notebook.status === 'running';
  await bringUp(app, deps, notebook, { start: options.start === true, ...limit });
  if (notebook.access === 'direct' && !options.tunnel && localPort === undefined) {
    return openDirectly(app, deps, notebook, options);
  }

  const { deadlineOf } = await import('../../notebooks/waiting.ts');
  const timeoutMs = Math.max(0, deadlineOf(deps, limit) - world.now().getTime());
  // The tunnel stays open as long as the user wants.
  app.time.limit(undefined);
  const { backgroundPort, jupyterSilent } = await import(
    '../../notebooks/connect/background/find.ts'
  );
  const lookup = { stateFolder: places.state, world, timeoutMs, onMessage: terminal.info };
  // Reuses the background tunnel if there is one.
  const runningPort =
    localPort === undefined ? await backgroundPort(lookup, notebook.id) : undefined;
  if (runningPort !== undefined) {
    const url = withPort(tunnelTokenUrl, runningPort);
    return openThrough(app, { name: notebook.name, url }, options);
  }
  const onOpen = async ({ answers, localPort: port }: OpenTunnel) => {
    if (!answers) throw jupyterSilent(notebook.name);
    const page = { name: notebook.name, url: withPort(tunnelTokenUrl, port) };
    await showAt(app, page, options);
    terminal.info(`The tunnel to ${notebook.name} is open. Ctrl-C closes it.`);
  };
  const tunnelOptions = { localPort, asks: terminal.mayAsk, jupyterTimeoutMs: timeoutMs };
  const listener = { onOpen, onMessage: terminal.info };
  const { openTunnel, openTunnelTo } = await import('../../notebooks/connect/tunnel.ts');
  if (wasUp) await openTunnelTo(deps, server, tunnelOptions, listener);
  else await openTunnel(deps, notebook.id, tunnelOptions, listener);
  terminal.info(`The tunnel is closed; ${notebook.name} keeps running.`);
  return alreadyPrinted(signalExit(world));
}

interface Page {
  readonly name: string;
  readonly url: string;
}

async function openThrough(app: App, page: Page, options: PageOptions): Promise<Report> {
  await showAt(app, page, options);
  app.terminal.info(
    `Using the background tunnel (stop it with nubes-nb tunnel ${page.name} --stop).`,
  );
  return alreadyPrinted(0);
}

/** Opens the https URL. The address and certificate are read again, as a start may have changed them. */
async function openDirectly(
  app: App,
  deps: Deps,
  { id, name }: Notebook,
  options: PageOptions,
): Promise<Report> {
  const { notebookAccess } = await import('../../notebooks/jupyter/token.ts');
  const found = await notebookAccess(deps, id);
  if (found.tokenUrl === null) throw found.why;
  const { notebook, tokenUrl: url } = found;
  const { checkDirectUrl } = await import('../../notebooks/jupyter-api.ts');
  await checkDirectUrl(notebook);
  await showAt(app, { name, url }, options, aboutCertificate(notebook.certificate));
  return alreadyPrinted(0);
}

async function showAt(
  { terminal, world }: App,
  page: Page,
  { browser }: PageOptions,
  remarks: readonly string[] = [],
): Promise<void> {
  await terminal.print({ data: page, names: [page.url], text: () => page.url });
  for (const remark of remarks) terminal.info(remark);
  terminal.info(
    browser
      ? browserMessages[await openInBrowser(page.url, world)]
      : 'Open the URL in your browser.',
  );
}

const browserMessages: Readonly<Record<BrowserResult, string>> = {
  shown: 'Opened in your browser.',
  'no display': 'No display found: open the URL in a browser on this computer.',
  secrets: 'Your environment holds secrets that the browser would inherit: open the URL yourself.',
  'no browser': 'No browser could be started: open the URL yourself.',
};

/** Starts a stopped notebook if `--start` was given, and waits for one that is coming up. */
async function bringUp(
  { terminal }: App,
  deps: Deps,
  { id, name, status }: Notebook,
  { start, timeoutMs }: { readonly start: boolean; readonly timeoutMs: number },
): Promise<void> {
  if (status === 'running') return;
  if (isOff(status) && !start) {
    throw new NubesError('WRONG_STATE', `${name} is ${status}.`, {
      hint: `nubes-nb open ${name} --start`,
    });
  }
  const { start: startNotebook } = await import('../../notebooks/lifecycle/start.ts');
  await terminal.during(`Starting ${name}`, (onProgress) =>
    startNotebook(deps, id, { until: 'ready', timeoutMs }, onProgress),
  );
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}
