import { type App, openApp } from '../../app.ts';
import { NubesError, timedOut } from '../../errors.ts';
import type {
  BackgroundTunnel,
  RecordedOutage,
  Registration,
  RunningTunnel,
  TunnelRegistry,
} from '../../notebooks/connect/background/registry.ts';
import type { Outage } from '../../notebooks/connect/reopen-tunnel.ts';
import { type OpenTunnel, openTunnel } from '../../notebooks/connect/tunnel.ts';
import { show } from '../../notebooks/lifecycle/show.ts';
import { rfc3339 } from '../../rfc3339.ts';
import { formatAge } from '../../terminal/age.ts';
import { type Column, type Display, type Report, tableOf } from '../../terminal/report.ts';
import { tokenHint } from '../output/action-result.ts';
import { alreadyPrinted } from '../output/exit-code.ts';

/** Limit for a tunnel to open: ssh gives an address that does not answer 15 seconds. */
const openTimeoutMs = 30_000;

/** Starts the tunnel in a process of its own, unless one runs already. */
export async function startInBackground(
  app: App,
  reference: string,
  localPort: number | undefined,
): Promise<Report> {
  const { terminal } = app;
  const notebook = await show(await app.deps(), reference);
  const { id, name } = notebook;
  const { startBackground } = await import('../../notebooks/connect/background/start.ts');
  const { credentialInEnvironment } = await import('../../session/env.ts');
  const credential = credentialInEnvironment(app.world);
  const options = {
    ...{ id, name, args: argsFor(app, id, localPort), timeoutMs: openTimeoutMs },
    input: credential === undefined ? '' : JSON.stringify(credential),
  };
  const { tunnel, isNew } = await startBackground(
    { ...registryOf(app), world: app.world },
    options,
  );
  const already = isNew ? '' : ' already';
  terminal.info(
    `The tunnel to ${name} runs in the background${already} (process ${tunnel.pid}). Stop it with nubes-nb tunnel ${name} --stop.`,
  );
  terminal.info(tokenHint(notebook));
  return { data: tunnel, names: [tunnel.url], text: () => tunnel.url };
}

/** This program's arguments for the background process; they contain no secret. */
function argsFor({ flags }: App, id: string, localPort: number | undefined): string[] {
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

/** The background process. Its stderr is the tunnel's log. */
export async function keepDetached(
  started: App,
  id: string,
  localPort: number | undefined,
): Promise<Report> {
  const app = await withGivenCredential(started);
  const { world, terminal } = app;
  const { register, logFile } = await import('../../notebooks/connect/background/registry.ts');
  const { trimLog } = await import('../../notebooks/connect/background/start.ts');
  const registry = registryOf(app);
  const stop = new AbortController();
  let registration: Registration | undefined;
  let name = id;
  const onOpen = async ({ notebook, localPort: port, url }: OpenTunnel) => {
    name = notebook.name;
    const { pid } = world.self;
    const tunnel = { id, name, pid, localPort: port, url, since: rfc3339(world.now()) };
    registration = await register(registry, tunnel, () => stop.abort());
    await terminal.print({ data: tunnel, text: () => '' });
  };
  const onMessage = (text: string) => {
    terminal.info(`${rfc3339(world.now())} ${text}`);
    trimLog(logFile(registry, id)).catch(() => {});
    if (registration?.isListed() === false) stop.abort();
  };
  try {
    const deps = await app.deps();
    void endWithLogin(app, stop.signal, () => {
      onMessage(`The login has ended, so the tunnel to ${name} is closed.`);
      stop.abort();
    });
    await openTunnel(
      deps,
      id,
      { localPort, asks: false, jupyterTimeoutMs: 0, stopSignal: stop.signal },
      { onOpen, onMessage, onOutage: (outage) => registration?.setOutage(recorded(outage)) },
    );
  } finally {
    stop.abort();
    await registration?.unregister();
  }
  return alreadyPrinted(0);
}

const maxReasonLength = 300;

function recorded(outage: Outage | undefined): RecordedOutage | undefined {
  if (outage === undefined) return undefined;
  const { since, until, reason } = outage;
  return {
    since: rfc3339(since),
    until: rfc3339(until),
    reason: reason?.slice(0, maxReasonLength) ?? null,
  };
}

/** Variables of a process can be read for as long as it runs, so the credential comes through stdin. */
async function withGivenCredential(app: App): Promise<App> {
  const input = await app.terminal.readInput(4_096);
  if (input === '') return app;
  const { environmentOf } = await import('../../session/env.ts');
  const environment = { ...app.world.environment, ...environmentOf(JSON.parse(input)) };
  return openApp({ ...app.world, environment }, app.flags);
}

async function endWithLogin(app: App, signal: AbortSignal, onEnd: () => void): Promise<void> {
  const { loginEnd } = await import('../../session/login-end.ts');
  const { world, places } = app;
  const settings = await app.settings();
  if (await loginEnd({ world, places, settings }, await app.session(), signal)) onEnd();
}

/** Ends a background tunnel; requires neither a login nor the network. */
export async function stopInBackground(app: App, reference: string): Promise<Report> {
  const { endTunnel, listTunnels } = await import('../../notebooks/connect/background/registry.ts');
  const registry = registryOf(app);
  const { id, name } = requireTunnel(await listTunnels(registry), reference);
  if (await endTunnel(registry, id)) {
    return { data: { id, name }, names: [name], text: () => `The tunnel to ${name} is closed.` };
  }
  throw timedOut(
    `the process of the tunnel to ${name} did not end`,
    'nubes-nb tunnel --list prints its process id',
  );
}

function requireTunnel(tunnels: readonly BackgroundTunnel[], reference: string): BackgroundTunnel {
  const matches = tunnels.filter(({ id, name }) => id === reference || name === reference);
  const [first, ...others] = matches;
  if (first === undefined) {
    throw new NubesError('NOT_FOUND', `No background tunnel to ${reference} runs here.`, {
      hint: 'nubes-nb tunnel --list',
    });
  }
  if (others.length === 0) return first;
  throw new NubesError(
    'CONFLICT',
    `${matches.length} background tunnels to notebooks named ${reference} run here.`,
    { hint: `use a UUID: ${matches.map(({ id }) => id).join(', ')}` },
  );
}

export async function listBackground(app: App): Promise<Report> {
  const { listTunnels } = await import('../../notebooks/connect/background/registry.ts');
  const tunnels = await listTunnels(registryOf(app));
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
  { name: 'outage', cell: outageText },
];

/** What a tunnel that is down is doing. */
function outageText({ state, outage }: RunningTunnel, { isTty, now }: Display): string {
  if (state === 'open') return '-';
  if (outage === null) return 'opening again';
  const { until, reason } = outage;
  const end = isTty ? `for ${formatAge(now(), new Date(until))} more` : `until ${until}`;
  return `opening again ${end}${reason === null ? '' : `: ${reason}`}`;
}

function registryOf({ places, world }: App): TunnelRegistry {
  return { stateFolder: places.state, world };
}
