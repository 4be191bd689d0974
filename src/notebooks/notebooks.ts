import type { World } from '../context.ts';
import type { Server } from '../openstack/compute/servers.ts';
import type { Service } from '../openstack/service.ts';
import type { Settings } from '../settings/settings.ts';
import { version } from '../version.ts';
import { accountFor } from './access.ts';
import { isDirect } from './direct.ts';
import type { Owner } from './identity.ts';
import { type Journal, openJournal } from './journal.ts';
import { learnCertificate, pinFromConsole } from './readiness.ts';
import { find, mine } from './search.ts';
import type { TunnelListener, TunnelWish } from './tunnel.ts';
import type { Notebooks } from './verbs.ts';
import { presented, presentedAll, tokenUrls } from './view.ts';

export type { Notebooks } from './verbs.ts';

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
    renewToken: async (reference, { timeout, ...wish }) => {
      const { renewToken } = await import('./renewing.ts');
      const deadline = options.world.now().getTime() + timeout;
      return renewToken(desk, reference, { ...wish, deadline });
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
  return Promise.all([import('./tunnel.ts'), import('./reach.ts')]);
}
