import type { World } from '../context.ts';
import type { Server } from '../openstack/compute/servers.ts';
import type { Service } from '../openstack/service.ts';
import type { Settings } from '../settings/settings.ts';
import type { Tunnel } from '../ssh/tunnel.ts';
import { version } from '../version.ts';
import { accountFor } from './access.ts';
import type { BatchListener, Item, Terms } from './batch/item.ts';
import type { Order, Plan } from './batch/order.ts';
import type { Copy } from './copying.ts';
import { isDirect } from './direct.ts';
import type { Owner } from './identity.ts';
import { type Journal, openJournal } from './journal.ts';
import type { LogWish } from './logs.ts';
import { type Lookout, openLookout } from './lookout.ts';
import type { Notebook } from './notebook.ts';
import { learnCertificate, pinFromConsole } from './readiness.ts';
import type { RemoteCommand, RemoteEnd } from './remote.ts';
import type { Renewal, RenewalWish } from './renewing.ts';
import { find, mine } from './search.ts';
import type { Settled, Settlement } from './settling.ts';
import type { SshConfig } from './ssh-config.ts';
import type { TunnelListener, TunnelWish } from './tunnel.ts';
import { type Verbs, verbsOf } from './verbs.ts';
import { presented, presentedAll, type TokenUrls, type TunnelForm, tokenUrls } from './view.ts';

/** A step of a long piece of work. */
export interface Phase {
  readonly name: string;
  readonly detail?: string;
  /** The server's UUID, from when Nova has told it. */
  readonly id?: string;
}

/** Told of each step as it begins. */
export type Enter = (phase: Phase) => void;

/** How long to wait, and for what. */
export interface Patience {
  readonly goal: 'accepted' | 'running' | 'ready';
  /** Milliseconds for the whole. */
  readonly timeout: number;
  /** It is the settings' time, not the user's: the installation of packages gets its own beside it. */
  readonly isUsual?: boolean;
}

/** The same inside this room. */
export interface Wait {
  readonly goal: Patience['goal'];
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** One user's notebooks in one project. Each verb throws NubesErrors a user understands. */
export interface Notebooks extends Verbs {
  /** `probe`: the running ones are asked whether Jupyter answers. */
  readonly list: (probe?: boolean) => Promise<Notebook[]>;
  /** By name or UUID. */
  readonly show: (reference: string, probe?: boolean) => Promise<Notebook>;
  /** Does with the notebook of a taken name what its creation wished for. */
  readonly settle: (name: string, wish: Settlement, enter: Enter) => Promise<Settled>;
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
  /** Throws UNREACHABLE or TLS_UNTRUSTED unless a direct notebook answers from here with its certificate. */
  readonly checkDirect: (notebook: Notebook) => Promise<void>;
}

export interface NotebooksOptions {
  readonly world: World;
  readonly settings: Settings;
  readonly stateFolder: string;
  readonly owner: Owner;
  readonly project: { readonly id: string; readonly name: string };
  readonly rootSecret: () => Promise<Buffer>;
  readonly warn: (text: string) => void;
  /** What only `--verbose` tells. */
  readonly note: (text: string) => void;
  readonly compute: Service;
  readonly image: Service;
  readonly network: Service;
}

/** What every verb of this room works with. */
export interface Desk extends NotebooksOptions {
  readonly journal: Journal;
  readonly lookout: Lookout;
  /** The user's account on new VMs; undefined where Linux does not take the name. */
  readonly account: string | undefined;
  readonly version: string;
}

export function openNotebooks(options: NotebooksOptions): Notebooks {
  const desk: Desk = {
    ...options,
    journal: openJournal(options.stateFolder, options.world.now),
    lookout: openLookout(options),
    account: accountFor(options.owner, options.settings.notebook.user),
    version,
  };
  return {
    ...verbsOf(desk),
    list: async (probe = false) => {
      if (!probe) return presentedAll(desk, await mine(desk));
      const { probedAll } = await import('./asking.ts');
      return probedAll(desk);
    },
    show: async (reference, probe = false) => {
      const server = await find(desk, reference);
      if (isDirect(server)) await learnCertificate(desk, server);
      if (!probe) return presented(desk, server);
      const { probedOne } = await import('./asking.ts');
      return probedOne(desk, server);
    },
    settle: async (name, wish, enter) => {
      const [{ settle }, { withoutTwins }] = await settlingModules();
      return settle(desk, verbsOf(desk), await withoutTwins(desk, name, enter), wish, enter);
    },
    tunnel: async (reference, wish, listener) => {
      // What the tunnel needs is loaded while Nova answers.
      const [server] = await Promise.all([find(desk, reference), tunnelModules()]);
      return tunnelTo(desk, server, wish, listener);
    },
    tunnelLine: async (reference, form) => {
      const { tunnelLine } = await import('./tunnel.ts');
      return tunnelLine(desk, reference, form);
    },
    run: async (reference, command) => {
      const { runThere } = await import('./remote.ts');
      return runThere(desk, reference, command);
    },
    copy: async (reference, what, asks) => {
      const { copyFiles } = await import('./copying.ts');
      return copyFiles(desk, reference, what, asks);
    },
    sshConfig: async () => {
      const { configOf } = await import('./ssh-config.ts');
      return configOf(desk);
    },
    writeSshConfig: async (config, folder) => {
      const { writeConfig } = await import('./ssh-config.ts');
      return writeConfig(config, folder);
    },
    log: async (reference, wish, heard) => {
      const { readLog } = await import('./logs.ts');
      return readLog(desk, reference, wish, heard);
    },
    plan: async (order) => {
      const { planFor } = await import('./batch/planning.ts');
      return planFor(desk, order);
    },
    checkDirect: async (notebook) => {
      const { checkDirect } = await import('./direct-check.ts');
      return checkDirect(notebook);
    },
    renewToken: async (reference, { timeout, ...wish }) => {
      const { renewToken } = await import('./renewing.ts');
      const deadline = options.world.now().getTime() + timeout;
      return renewToken(desk, reference, { ...wish, deadline });
    },
    carryOut: async (plan, terms, listener) => {
      const { carryOut } = await import('./batch/carrying-out.ts');
      return carryOut(desk.world, plan.steps, terms, listener);
    },
    access: async (reference) => {
      const server = await find(desk, reference);
      await pinFromConsole(desk, server);
      if (isDirect(server)) await learnCertificate(desk, server);
      return {
        notebook: await presented(desk, server),
        ...(await tokenUrls(desk, server)),
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

function settlingModules() {
  return Promise.all([import('./settling.ts'), import('./twins.ts')]);
}

function tunnelModules() {
  return Promise.all([import('./tunnel.ts'), import('./reach.ts')]);
}
