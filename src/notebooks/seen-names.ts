import { join } from 'node:path';
import {
  accountLine,
  loginKey,
  maxNames,
  namesFolder,
  offeredNames,
} from '../completion/layout.ts';
import { editNames } from '../completion/name-file.ts';
import type { Server } from '../openstack/compute/servers.ts';
import { nameOf } from './identity.ts';
import { isName } from './name.ts';
import { statusOf } from './status.ts';

/** Keeps the names that a command reads from the cloud for the shells' completion. Sends no request. */
export interface SeenNames {
  /** All of the owner's servers, oldest first. */
  readonly own: (servers: readonly Server[]) => void;
  /** The same in parts. */
  readonly listing: () => {
    readonly add: (servers: readonly Server[]) => void;
    readonly end: () => void;
  };
  /** One of the owner's servers as it is now. */
  readonly server: (server: Server) => void;
  /** The owner has no notebook of this name. */
  readonly missing: (name: string) => void;
  /** All names that a create may use. */
  readonly images: (names: readonly string[]) => void;
  readonly sizes: (names: readonly string[]) => void;
  /** One of them. */
  readonly image: (name: string) => void;
  /** Resolves when all is written. */
  readonly written: () => Promise<void>;
}

interface SeenNamesOptions {
  readonly cacheFolder: string | undefined;
  readonly userId: number | undefined;
  /** The login's key in session.json. */
  readonly login: string;
  /** The id of the application credential in the environment, if it is what commands use. */
  readonly credentialId: string | undefined;
  readonly owner: { readonly id: string };
  readonly project: { readonly id: string };
}

/** Undefined: the notebook is gone. */
type Statuses = Map<string, string | undefined>;

export function openSeenNames(options: SeenNamesOptions): SeenNames {
  const { cacheFolder, userId, login, credentialId, owner, project } = options;
  const key = loginKey(login, credentialId);
  const account = accountLine({ user: owner, project });
  const waiting = new Map<string, (text: string) => string>();
  /** As last seen by this command. */
  const known: Statuses = new Map();
  const changed: Statuses = new Map();
  let isComplete = false;
  let writing: Promise<void> | undefined;

  const writeWaiting = async () => {
    for (const [kind, edit] of waiting) {
      waiting.delete(kind);
      if (cacheFolder === undefined) continue;
      const path = join(cacheFolder, namesFolder, `${key}.${kind}`);
      const editOwn = (text: string) => {
        const names = text.startsWith(`${account}\n`) ? text.slice(account.length + 1) : '';
        return `${account}\n${edit(names)}`;
      };
      await editNames(path, editOwn, userId);
    }
    writing = undefined;
  };
  /** Changes that arrive while a file is written are written together. */
  const change = (kind: string, edit: (text: string) => string) => {
    if (key === undefined) return;
    waiting.set(kind, edit);
    writing ??= Promise.resolve().then(writeWaiting);
  };
  const changeNotebooks = (text: string) => {
    const statuses: Statuses = isComplete ? new Map() : statusesIn(text);
    for (const [name, status] of changed) statuses.set(name, status);
    changed.clear();
    isComplete = false;
    return linesOf(statuses);
  };
  const notebook = (name: string, status: string | undefined) => {
    if (!isName(name) || (known.has(name) && known.get(name) === status)) return;
    known.set(name, status);
    changed.set(name, status);
    change('notebooks', changeNotebooks);
  };
  const listing = () => {
    const listed: Statuses = new Map();
    return {
      add: (servers: readonly Server[]) => {
        for (const server of servers) {
          const status = presentStatus(server);
          if (status !== undefined) listed.set(nameOf(server), status);
        }
      },
      end: () => {
        known.clear();
        changed.clear();
        isComplete = true;
        for (const [name, status] of [...listed].slice(-maxNames)) notebook(name, status);
        change('notebooks', changeNotebooks);
      },
    };
  };
  const lines = (names: readonly string[]) =>
    offeredNames(names)
      .map((name) => `${name}\n`)
      .join('');
  return {
    own: (servers) => {
      const { add, end } = listing();
      add(servers);
      end();
    },
    listing,
    server: (server) => notebook(nameOf(server), presentStatus(server)),
    missing: (name) => notebook(name, undefined),
    images: (names) => change('images', () => lines(names)),
    sizes: (names) => change('sizes', () => lines(names)),
    image: (name) => change('images', (text) => lines([name, ...text.split('\n')])),
    written: async () => writing,
  };
}

/** Undefined for one that is being deleted: no command has a use for it. */
function presentStatus(server: Server): string | undefined {
  const status = statusOf(server);
  return status === 'deleting' ? undefined : status;
}

/** A line for each status, with the names in it, which are plain words: no shell has to take names apart. */
function linesOf(statuses: Statuses): string {
  const byStatus = new Map<string, string[]>();
  for (const [name, status] of [...statuses].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (status === undefined) continue;
    const names = byStatus.get(status);
    if (names === undefined) byStatus.set(status, [name]);
    else names.push(name);
  }
  return [...byStatus]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([status, names]) => `${status} ${names.join(' ')}\n`)
    .join('');
}

function statusesIn(text: string): Statuses {
  const statuses: Statuses = new Map();
  for (const line of text.split('\n')) {
    const [status = '', ...names] = line.split(' ');
    for (const name of names) if (isName(name)) statuses.set(name, status);
  }
  return statuses;
}
