import type { App } from '../../app.ts';
import { NubesError } from '../../errors.ts';
import type {
  BackgroundTunnel,
  Registration,
  RunningTunnel,
  TunnelPlace,
  TunnelState,
} from '../../notebooks/connect/background/registry.ts';
import { type OpenTunnel, openTunnel } from '../../notebooks/connect/tunnel.ts';
import { show } from '../../notebooks/lifecycle/show.ts';
import { rfc3339 } from '../../rfc3339.ts';
import { formatAge } from '../../terminal/age.ts';
import { type Column, type Report, tableOf } from '../../terminal/report.ts';
import { alreadyPrinted } from './exit-code.ts';
import { tokenHint } from './notebook.ts';

/** Until a tunnel has to be open, in ms: ssh gives a dead address 15 seconds. */
const wait = 30_000;

/** Starts the tunnel in a process of its own, unless there is one. */
export async function startInBackground(
  app: App,
  reference: string,
  localPort: number | undefined,
): Promise<Report> {
  const { terminal } = app;
  const notebook = await show(await app.deps(), reference);
  const { id, name } = notebook;
  const { startDetached } = await import('../../notebooks/connect/background/start.ts');
  const words = wordsFor(app, id, localPort);
  const wish = { id, name, words, timeout: wait };
  const { tunnel, isNew } = await startDetached({ ...placeOf(app), world: app.world }, wish);
  terminal.info(
    isNew
      ? `The tunnel to ${name} runs in the background (process ${tunnel.pid}).`
      : `The tunnel to ${name} runs in the background already (process ${tunnel.pid}).`,
  );
  terminal.info(`${tokenHint(notebook)} nubes-nb tunnel ${name} --stop ends the tunnel.`);
  return { data: tunnel, names: [tunnel.url], text: () => tunnel.url };
}

/** The same program, called to keep one tunnel; nothing secret is among the words. */
function wordsFor({ flags }: App, id: string, localPort: number | undefined): string[] {
  return [
    'tunnel',
    id,
    '--detached',
    '--json',
    '--no-input',
    ...(flags.config === undefined ? [] : ['--config', flags.config]),
    ...(flags.context === undefined ? [] : ['--context', flags.context]),
    ...(localPort === undefined ? [] : ['--local-port', String(localPort)]),
  ];
}

/** What the process in the background does. Its stderr is the tunnel's log. */
export async function keepDetached(
  app: App,
  id: string,
  localPort: number | undefined,
): Promise<Report> {
  const { world, terminal } = app;
  const { register, logFile } = await import('../../notebooks/connect/background/registry.ts');
  const { shorten } = await import('../../notebooks/connect/background/start.ts');
  const place = placeOf(app);
  const stop = new AbortController();
  let entry: Registration | undefined;
  const opened = async ({ notebook, localPort: port, url }: OpenTunnel) => {
    const { name } = notebook;
    const { pid } = world.self;
    const tunnel = { id, name, pid, localPort: port, url, since: rfc3339(world.now()) };
    entry = await register(place, tunnel, () => stop.abort());
    await terminal.print({ data: tunnel, text: () => '' });
  };
  const tell = (text: string) => {
    terminal.info(`${rfc3339(world.now())} ${text}`);
    shorten(logFile(place, id)).catch(() => {});
    void entry?.isListed().then((isListed) => {
      if (!isListed) stop.abort();
    });
  };
  try {
    const deps = await app.deps();
    const wish = { localPort, asks: false, wait: 0, until: stop.signal };
    const turned = (state: TunnelState) => entry?.tell(state);
    await openTunnel(deps, id, wish, { opened, tell, turned });
  } finally {
    await entry?.leave();
  }
  return alreadyPrinted(0);
}

/** Ends a background tunnel; neither a login nor the network is needed. */
export async function stopInBackground(app: App, reference: string): Promise<Report> {
  const { endTunnel, runningTunnels } = await import(
    '../../notebooks/connect/background/registry.ts'
  );
  const place = placeOf(app);
  const { id, name } = chosen(await runningTunnels(place), reference);
  if (await endTunnel(place, id)) {
    return { data: { id, name }, names: [name], text: () => `The tunnel to ${name} is closed.` };
  }
  throw new NubesError('TIMED_OUT', `The tunnel to ${name} does not end.`, {
    hint: 'nubes-nb tunnel --list shows its process.',
  });
}

function chosen(tunnels: readonly BackgroundTunnel[], reference: string): BackgroundTunnel {
  const found = tunnels.filter(({ id, name }) => id === reference || name === reference);
  const [first, ...others] = found;
  if (first === undefined) {
    throw new NubesError('NOT_FOUND', `No tunnel to ${reference} runs in the background here.`, {
      hint: 'nubes-nb tunnel --list shows those that do.',
    });
  }
  if (others.length === 0) return first;
  throw new NubesError('CONFLICT', `${found.length} tunnels to a ${reference} run here.`, {
    hint: `use the UUID of one: ${found.map(({ id }) => id).join(', ')}.`,
  });
}

export async function listBackground(app: App): Promise<Report> {
  const { runningTunnels } = await import('../../notebooks/connect/background/registry.ts');
  const tunnels = await runningTunnels(placeOf(app));
  return {
    data: tunnels,
    names: tunnels.map(({ name }) => name),
    table: tableOf(tunnels, columns, 'No tunnel runs in the background on this computer.'),
  };
}

const columns: readonly Column<RunningTunnel>[] = [
  { name: 'name', cell: ({ name }) => name },
  { name: 'state', cell: ({ state }) => state },
  { name: 'port', cell: ({ localPort }) => String(localPort) },
  { name: 'url', cell: ({ url }) => url },
  { name: 'process', cell: ({ pid }) => String(pid) },
  {
    name: 'age',
    pipedName: 'since',
    cell: ({ since }, { isTty, now }) => (isTty ? formatAge(new Date(since), now()) : since),
  },
];

function placeOf({ places, world }: App): TunnelPlace {
  return { stateFolder: places.state, world };
}
