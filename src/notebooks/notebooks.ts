import type { World } from '../context.ts';
import type { Service } from '../openstack/service.ts';
import type { Settings } from '../settings/settings.ts';
import type { Tunnel } from '../ssh/tunnel.ts';
import { version } from '../version.ts';
import { accountFor } from './access.ts';
import type { Installation } from './certifying.ts';
import type { Copy } from './copying.ts';
import type { Created } from './create.ts';
import { isDirect } from './direct.ts';
import type { Owner } from './identity.ts';
import { type Journal, openJournal } from './journal.ts';
import type { Wish } from './launch.ts';
import type { LogWish } from './logs.ts';
import type { Notebook } from './notebook.ts';
import type { Outcome } from './outcome.ts';
import { learnCertificate, pinFromConsole } from './readiness.ts';
import type { RemoteCommand, RemoteEnd } from './remote.ts';
import { find, mine } from './search.ts';
import type { SshConfig } from './ssh-config.ts';
import type { TunnelListener, TunnelWish } from './tunnel.ts';
import { presented, presentedAll, type TokenUrls, type TunnelForm, tokenUrls } from './view.ts';
import type { AwaitedState } from './wait-for.ts';

/** Told of each step of a long piece of work as it begins. */
export type Enter = (phase: { readonly name: string; readonly detail?: string }) => void;

/** How long to wait, and for what. */
export interface Patience {
  readonly goal: 'accepted' | 'running' | 'ready';
  /** Milliseconds for the whole. */
  readonly timeout: number;
}

/** The same inside this room. */
export interface Wait {
  readonly goal: Patience['goal'];
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** One user's notebooks in one project. Each verb throws NubesErrors a user understands. */
export interface Notebooks {
  readonly list: () => Promise<Notebook[]>;
  /** By name or UUID. */
  readonly show: (reference: string) => Promise<Notebook>;
  readonly create: (wish: Wish, patience: Patience, enter: Enter) => Promise<Created>;
  readonly start: (reference: string, patience: Patience, enter: Enter) => Promise<Outcome>;
  readonly stop: (reference: string, patience: Patience, enter: Enter) => Promise<Outcome>;
  readonly restart: (
    reference: string,
    patience: Patience & { readonly hard: boolean },
    enter: Enter,
  ) => Promise<Outcome>;
  /** Waits for a state and does nothing else; `timeout` is in milliseconds. */
  readonly waitFor: (
    reference: string,
    expected: { readonly state: AwaitedState; readonly timeout: number },
    enter: Enter,
  ) => Promise<Outcome>;
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
  /** Starts Jupyter anew and leaves the VM on; `asks` is false when ssh may not ask. */
  readonly restartJupyter: (
    reference: string,
    patience: Patience & { readonly asks: boolean },
    enter: Enter,
  ) => Promise<Outcome>;
  /** Puts the site's certificate on a direct notebook; `asks` is false when ssh may not ask. */
  readonly certify: (
    reference: string,
    wish: Patience & Omit<Installation, 'deadline'>,
    enter: Enter,
  ) => Promise<Outcome>;
  /** Throws UNREACHABLE or TLS_UNTRUSTED unless a direct notebook answers from here with its certificate. */
  readonly checkDirect: (notebook: Notebook) => Promise<void>;
  /** Deletes for good, by UUID or name; resolves when Nova says that it is gone. */
  readonly remove: (reference: string, patience: Patience, enter: Enter) => Promise<Outcome>;
  /** A notebook and its URL with the token. Throws CONFLICT when this login cannot derive it. */
  readonly access: (reference: string) => Promise<TokenUrls & { readonly notebook: Notebook }>;
}

export interface NotebooksOptions {
  readonly world: World;
  readonly settings: Settings;
  readonly stateFolder: string;
  readonly owner: Owner;
  readonly project: { readonly id: string; readonly name: string };
  readonly rootSecret: () => Promise<Buffer>;
  readonly warn: (text: string) => void;
  readonly compute: Service;
  readonly image: Service;
  readonly network: Service;
}

/** What every verb of this room works with. */
export interface Desk extends NotebooksOptions {
  readonly journal: Journal;
  /** The user's account on new VMs; undefined where Linux does not take the name. */
  readonly account: string | undefined;
  readonly version: string;
}

export function openNotebooks(options: NotebooksOptions): Notebooks {
  const desk: Desk = {
    ...options,
    journal: openJournal(options.stateFolder, options.world.now),
    account: accountFor(options.owner, options.settings.notebook.user),
    version,
  };
  const waitFrom = ({ goal, timeout }: Patience): Wait => ({
    goal,
    deadline: options.world.now().getTime() + timeout,
  });
  const inTime = async <Result>(
    reference: string,
    { deadline }: Wait,
    work: (desk: Desk) => Promise<Result>,
  ): Promise<Result> => {
    const { bounded } = await import('./deadline.ts');
    return bounded(desk, { reference, deadline }, work);
  };
  return {
    list: async () => presentedAll(desk, await mine(desk)),
    show: async (reference) => {
      const server = await find(desk, reference);
      if (isDirect(server)) await learnCertificate(desk, server);
      return presented(desk, server);
    },
    create: async (wish, patience, enter) => {
      const { create } = await import('./create.ts');
      return create(desk, wish, waitFrom(patience), enter);
    },
    start: async (reference, patience, enter) => {
      const { start } = await import('./starting.ts');
      const wait = waitFrom(patience);
      return inTime(reference, wait, (hurried) => start(hurried, reference, wait, enter));
    },
    stop: async (reference, patience, enter) => {
      const { stop } = await import('./stopping.ts');
      const wait = waitFrom(patience);
      return inTime(reference, wait, (hurried) => stop(hurried, reference, wait, enter));
    },
    restart: async (reference, patience, enter) => {
      const { restart } = await import('./restarting.ts');
      return restart(desk, reference, { ...patience, ...waitFrom(patience) }, enter);
    },
    waitFor: async (reference, { state, timeout }, enter) => {
      const { waitFor } = await import('./wait-for.ts');
      const deadline = options.world.now().getTime() + timeout;
      return waitFor(desk, reference, { state, deadline }, enter);
    },
    tunnel: async (reference, wish, listener) => {
      const { keepTunnel } = await import('./tunnel.ts');
      return keepTunnel(desk, reference, wish, listener);
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
    restartJupyter: async (reference, patience, enter) => {
      const { restartJupyter } = await import('./restarting-jupyter.ts');
      return restartJupyter(desk, reference, { ...patience, ...waitFrom(patience) }, enter);
    },
    certify: async (reference, wish, enter) => {
      const { certify } = await import('./certifying.ts');
      return certify(desk, reference, { ...wish, ...waitFrom(wish) }, enter);
    },
    checkDirect: async (notebook) => {
      const { checkDirect } = await import('./direct-check.ts');
      return checkDirect(notebook);
    },
    remove: async (reference, patience, enter) => {
      const { remove } = await import('./removal.ts');
      const wait = waitFrom(patience);
      return inTime(reference, wait, (hurried) => remove(hurried, reference, wait, enter));
    },
    access: async (reference) => {
      const server = await find(desk, reference);
      await pinFromConsole(desk, server);
      if (isDirect(server)) await learnCertificate(desk, server);
      return {
        notebook: await presented(desk, server),
        ...(await tokenUrls(desk, server)),
      };
    },
  };
}
