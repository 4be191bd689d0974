import type { Server } from '../openstack/compute/servers.ts';
import type { Tunnel } from '../ssh/tunnel.ts';
import { version } from '../version.ts';
import type { Order, Plan } from './batch/plan.ts';
import type { BatchListener, Item, Terms } from './batch/result.ts';
import { accountFor } from './connect/address.ts';
import type { Copy } from './connect/copy.ts';
import type { RemoteCommand, RemoteEnd } from './connect/exec.ts';
import type { LogWish } from './connect/logs.ts';
import type { SshConfig } from './connect/ssh-config.ts';
import type { TunnelListener, TunnelWish } from './connect/tunnel.ts';
import type { Settled, Settlement } from './create/ensure.ts';
import { openJournal } from './create/journal.ts';
import type { Wish } from './create/submit.ts';
import type { Desk, NotebooksOptions } from './deps.ts';
import { find, mine } from './find.ts';
import type { Renewal, RenewalWish } from './jupyter/renew-token.ts';
import type { TokenUrls } from './jupyter/token-url.ts';
import type { Notebook } from './notebook.ts';
import type { Enter } from './patience.ts';
import { pinFromConsole } from './readiness/console-reader.ts';
import { openLookout } from './server-watcher.ts';
import { type Verbs, verbsOf } from './verbs.ts';
import { presentedAll, type TunnelForm } from './view.ts';

/** One user's notebooks in one project. Each verb throws NubesErrors a user understands. */
export interface Notebooks extends Verbs {
  /** `probe`: the running ones are asked whether Jupyter answers. */
  readonly list: (probe?: boolean) => Promise<Notebook[]>;
  /** By name or UUID. */
  readonly show: (reference: string, probe?: boolean) => Promise<Notebook>;
  /** Makes the notebook, or does with the one of a taken name what was asked for. */
  readonly ensure: (wish: Wish, settlement: Settlement, enter: Enter) => Promise<Settled>;
  /** Keeps a tunnel open until the world is interrupted. */
  readonly tunnel: (reference: string, wish: TunnelWish, listener: TunnelListener) => Promise<void>;
  /** The tunnel's line with these ports and for this shell; null until there is an address. */
  readonly tunnelLine: (reference: string, form: TunnelForm) => Promise<Tunnel | null>;
  /** Runs a command, or a shell, on the VM with our own streams. */
  readonly run: (reference: string, command: RemoteCommand) => Promise<RemoteEnd>;
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
    wish: LogWish,
    heard: (line: string) => void,
  ) => Promise<string>;
  /** Looks up what an order for many notebooks comes to, and changes nothing. */
  readonly plan: (order: Order) => Promise<Plan>;
  /** Does what was planned, several at a time; resolves to what became of each, in the plan's order. */
  readonly carryOut: (plan: Plan, terms: Terms, listener: BatchListener) => Promise<Item[]>;
  /** Makes this login's token the notebook's, which restarts its Jupyter; `timeout` is in ms. */
  readonly renewToken: (
    reference: string,
    wish: Omit<RenewalWish, 'deadline'> & { readonly timeout: number },
  ) => Promise<Renewal>;
  /** A notebook and its URL with the token. Throws CONFLICT when this login cannot derive it. */
  readonly access: (reference: string) => Promise<
    TokenUrls & {
      readonly notebook: Notebook;
      /** `tunnel` for a VM that was on just now: it is not looked up again. */
      readonly tunnel: (wish: TunnelWish, listener: TunnelListener) => Promise<void>;
    }
  >;
  /** Its URL to tell beside other things: without the token, which a warning says, where nobody vouches for https. */
  readonly tokenUrl: (reference: string) => Promise<string | null>;
  /** Throws UNREACHABLE or TLS_UNTRUSTED unless a direct notebook answers from here with its certificate. */
  readonly checkDirect: (notebook: Notebook) => Promise<void>;
}

export function openNotebooks(options: NotebooksOptions): Notebooks {
  const desk: Desk = {
    ...options,
    journal: openJournal(options),
    lookout: openLookout(options),
    account: accountFor(options.owner, options.settings.notebook.user),
    version,
  };
  return {
    ...verbsOf(desk),
    list: async (probe = false) => {
      if (!probe) return presentedAll(desk, await mine(desk));
      const { probedAll } = await import('./readiness/probe.ts');
      return probedAll(desk);
    },
    show: async (reference, probe = false) => {
      const server = await find(desk, reference);
      if (!probe) {
        const { presentedNow } = await import('./https/shown.ts');
        return presentedNow(desk, server);
      }
      const { probedOne } = await import('./readiness/probe.ts');
      return probedOne(desk, server);
    },
    ensure: async (wish, settlement, enter) => {
      const { ensure } = await import('./create/ensure.ts');
      return ensure(desk, verbsOf(desk), wish, settlement, enter);
    },
    tunnel: async (reference, wish, listener) => {
      // What the tunnel needs is loaded while Nova answers.
      const [server] = await Promise.all([find(desk, reference), tunnelModules()]);
      return tunnelTo(desk, server, wish, listener);
    },
    tunnelLine: async (reference, form) => {
      const { tunnelLine } = await import('./connect/tunnel.ts');
      return tunnelLine(desk, reference, form);
    },
    run: async (reference, command) => {
      const { runThere } = await import('./connect/exec.ts');
      return runThere(desk, reference, command);
    },
    copy: async (reference, what, asks) => {
      const { copyFiles } = await import('./connect/copy.ts');
      return copyFiles(desk, reference, what, asks);
    },
    sshConfig: async () => {
      const { configOf } = await import('./connect/ssh-config.ts');
      return configOf(desk);
    },
    writeSshConfig: async (config, folder) => {
      const { writeConfig } = await import('./connect/ssh-config.ts');
      return writeConfig(config, folder);
    },
    log: async (reference, wish, heard) => {
      const { readLog } = await import('./connect/logs.ts');
      return readLog(desk, reference, wish, heard);
    },
    plan: async (order) => {
      const { planFor } = await import('./batch/planning.ts');
      return planFor(desk, order);
    },
    checkDirect: async (notebook) => {
      const { checkDirect } = await import('./https/check.ts');
      return checkDirect(notebook);
    },
    renewToken: async (reference, { timeout, ...wish }) => {
      const { renewToken } = await import('./jupyter/renew-token.ts');
      const deadline = options.world.now().getTime() + timeout;
      return renewToken(desk, reference, { ...wish, deadline });
    },
    tokenUrl: async (reference) => {
      const { urlToTell } = await import('./jupyter/token-url.ts');
      return urlToTell(desk, await find(desk, reference));
    },
    carryOut: async (plan, terms, listener) => {
      const { carryOut } = await import('./batch/run.ts');
      return carryOut(desk.world, plan.steps, terms, listener);
    },
    access: async (reference) => {
      const server = await find(desk, reference);
      await pinFromConsole(desk, server);
      const [{ presentedNow }, { tokenUrls }] = await Promise.all([
        import('./https/shown.ts'),
        import('./jupyter/token-url.ts'),
      ]);
      const notebook = await presentedNow(desk, server);
      return {
        notebook,
        ...(await tokenUrls(desk, server, notebook)),
        tunnel: (wish, listener) => tunnelTo(desk, server, wish, listener),
      };
    },
  };
}

async function tunnelTo(
  desk: Desk,
  server: Server,
  wish: TunnelWish,
  listener: TunnelListener,
): Promise<void> {
  const [{ keepTunnel }, { reachServer }] = await tunnelModules();
  return keepTunnel(desk, await reachServer(desk, server), wish, listener);
}

function tunnelModules() {
  return Promise.all([import('./connect/tunnel.ts'), import('./connect/ssh-target.ts')]);
}
