import type { Server } from '../openstack/compute/servers.ts';
import type { Tunnel } from '../ssh/tunnel.ts';
import { version } from '../version.ts';
import type { BatchRequest, Plan } from './batch/plan.ts';
import type { BatchListener, BatchOptions, BatchResult } from './batch/result.ts';
import { accountFor } from './connect/address.ts';
import type { Copy } from './connect/copy.ts';
import type { RemoteCommand, RemoteExit } from './connect/exec.ts';
import type { LogOptions } from './connect/logs.ts';
import type { SshConfig } from './connect/ssh-config.ts';
import type { TunnelListener, TunnelOptions } from './connect/tunnel.ts';
import type { EnsureOptions, EnsureResult } from './create/ensure.ts';
import { openJournal } from './create/journal.ts';
import type { CreateOptions } from './create/submit.ts';
import type { Deps, DepsOptions } from './deps.ts';
import { find, listOwn } from './find.ts';
import type { Renewal, RenewalOptions } from './jupyter/renew-token.ts';
import type { TokenUrls } from './jupyter/token-url.ts';
import type { Notebook } from './notebook.ts';
import type { OnProgress } from './patience.ts';
import { pinFromConsole } from './readiness/console-reader.ts';
import { openServerWatcher } from './server-watcher.ts';
import { type Verbs, verbsOf } from './verbs.ts';
import { type TunnelForm, toNotebooks } from './view.ts';

/** One user's notebooks in one project. Each verb throws NubesErrors a user understands. */
export interface Notebooks extends Verbs {
  /** `probe`: the running ones are asked whether Jupyter answers. */
  readonly list: (probe?: boolean) => Promise<Notebook[]>;
  /** By name or UUID. */
  readonly show: (reference: string, probe?: boolean) => Promise<Notebook>;
  /** Makes the notebook, or does with the one of a taken name what was asked for. */
  readonly ensure: (
    wish: CreateOptions,
    options: EnsureOptions,
    onProgress: OnProgress,
  ) => Promise<EnsureResult>;
  /** Keeps a tunnel open until the world is interrupted. */
  readonly tunnel: (
    reference: string,
    wish: TunnelOptions,
    watchConsole: TunnelListener,
  ) => Promise<void>;
  /** The tunnel's line with these ports and for this shell; null until there is an address. */
  readonly tunnelLine: (reference: string, form: TunnelForm) => Promise<Tunnel | null>;
  /** Runs a command, or a shell, on the VM with our own streams. */
  readonly run: (reference: string, command: RemoteCommand) => Promise<RemoteExit>;
  /** Copies a file or a folder; `asks` is false when ssh may not ask for a passphrase. */
  readonly copy: (reference: string, what: Copy, asks: boolean) => Promise<void>;
  readonly sshConfig: () => Promise<SshConfig>;
  /** Writes it below a folder, for ssh to include. */
  readonly writeSshConfig: (
    config: SshConfig,
    folder: string,
  ) => Promise<{ readonly file: string; readonly include: string }>;
  /** Tells a log's lines, which are hostile text; resolves to the notebook's name. */
  readonly log: (
    reference: string,
    wish: LogOptions,
    heard: (line: string) => void,
  ) => Promise<string>;
  /** Looks up what an order for many notebooks comes to, and changes nothing. */
  readonly plan: (order: BatchRequest) => Promise<Plan>;
  /** Does what was planned, several at a time; resolves to what became of each, in the plan's order. */
  readonly runBatch: (
    plan: Plan,
    terms: BatchOptions,
    watchConsole: BatchListener,
  ) => Promise<BatchResult[]>;
  /** Makes this login's token the notebook's, which restarts its Jupyter; `timeout` is in ms. */
  readonly renewToken: (
    reference: string,
    wish: Omit<RenewalOptions, 'deadline'> & { readonly timeout: number },
  ) => Promise<Renewal>;
  /** A notebook and its URL with the token. Throws CONFLICT when this login cannot derive it. */
  readonly access: (reference: string) => Promise<
    TokenUrls & {
      readonly notebook: Notebook;
      /** `tunnel` for a VM that was on just now: it is not looked up again. */
      readonly tunnel: (wish: TunnelOptions, watchConsole: TunnelListener) => Promise<void>;
    }
  >;
  /** Its URL to tell beside other things: without the token, which a warning says, where nobody vouches for https. */
  readonly tokenUrl: (reference: string) => Promise<string | null>;
  /** Throws UNREACHABLE or TLS_UNTRUSTED unless a direct notebook answers from here with its certificate. */
  readonly checkDirect: (notebook: Notebook) => Promise<void>;
}

export function openNotebooks(options: DepsOptions): Notebooks {
  const deps: Deps = {
    ...options,
    journal: openJournal(options),
    watcher: openServerWatcher(options),
    account: accountFor(options.owner, options.settings.notebook.user),
    version,
  };
  return {
    ...verbsOf(deps),
    list: async (probe = false) => {
      if (!probe) return toNotebooks(deps, await listOwn(deps));
      const { probedAll } = await import('./readiness/probe.ts');
      return probedAll(deps);
    },
    show: async (reference, probe = false) => {
      const server = await find(deps, reference);
      if (!probe) {
        const { toNotebookWithCertificate } = await import('./https/shown.ts');
        return toNotebookWithCertificate(deps, server);
      }
      const { probedOne } = await import('./readiness/probe.ts');
      return probedOne(deps, server);
    },
    ensure: async (wish, options, onProgress) => {
      const { ensure } = await import('./create/ensure.ts');
      return ensure(deps, verbsOf(deps), wish, options, onProgress);
    },
    tunnel: async (reference, wish, watchConsole) => {
      // What the tunnel needs is loaded while Nova answers.
      const [server] = await Promise.all([find(deps, reference), tunnelModules()]);
      return tunnelTo(deps, server, wish, watchConsole);
    },
    tunnelLine: async (reference, form) => {
      const { tunnelLine } = await import('./connect/tunnel.ts');
      return tunnelLine(deps, reference, form);
    },
    run: async (reference, command) => {
      const { execRemote } = await import('./connect/exec.ts');
      return execRemote(deps, reference, command);
    },
    copy: async (reference, what, asks) => {
      const { copyFiles } = await import('./connect/copy.ts');
      return copyFiles(deps, reference, what, asks);
    },
    sshConfig: async () => {
      const { configOf } = await import('./connect/ssh-config.ts');
      return configOf(deps);
    },
    writeSshConfig: async (config, folder) => {
      const { writeConfig } = await import('./connect/ssh-config.ts');
      return writeConfig(config, folder);
    },
    log: async (reference, wish, heard) => {
      const { readLog } = await import('./connect/logs.ts');
      return readLog(deps, reference, wish, heard);
    },
    plan: async (order) => {
      const { planFor } = await import('./batch/planning.ts');
      return planFor(deps, order);
    },
    checkDirect: async (notebook) => {
      const { checkDirect } = await import('./https/check.ts');
      return checkDirect(notebook);
    },
    renewToken: async (reference, { timeout, ...wish }) => {
      const { renewToken } = await import('./jupyter/renew-token.ts');
      const deadline = options.world.now().getTime() + timeout;
      return renewToken(deps, reference, { ...wish, deadline });
    },
    tokenUrl: async (reference) => {
      const { urlToTell } = await import('./jupyter/token-url.ts');
      return urlToTell(deps, await find(deps, reference));
    },
    runBatch: async (plan, terms, watchConsole) => {
      const { runBatch } = await import('./batch/run.ts');
      return runBatch(deps.world, plan.steps, terms, watchConsole);
    },
    access: async (reference) => {
      const server = await find(deps, reference);
      await pinFromConsole(deps, server);
      const [{ toNotebookWithCertificate }, { tokenUrls }] = await Promise.all([
        import('./https/shown.ts'),
        import('./jupyter/token-url.ts'),
      ]);
      const notebook = await toNotebookWithCertificate(deps, server);
      return {
        notebook,
        ...(await tokenUrls(deps, server, notebook)),
        tunnel: (wish, watchConsole) => tunnelTo(deps, server, wish, watchConsole),
      };
    },
  };
}

async function tunnelTo(
  deps: Deps,
  server: Server,
  wish: TunnelOptions,
  watchConsole: TunnelListener,
): Promise<void> {
  const [{ keepTunnel }, { connectTo }] = await tunnelModules();
  return keepTunnel(deps, await connectTo(deps, server), wish, watchConsole);
}

function tunnelModules() {
  return Promise.all([import('./connect/tunnel.ts'), import('./connect/ssh-target.ts')]);
}
