import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { sweep } from '../support/api.ts';
import { type NotebookReply, notebookIn } from '../support/json-output.ts';
import { asUser } from '../support/openstack-client.ts';
import {
  answersAfter,
  onVm,
  type PastedTunnel,
  realGuests,
  runPatiently,
  watchConsoles,
} from '../support/real-vm.ts';
import { type Ended, type Person, personCalled } from '../support/test-user.ts';

/** A boot without KVM takes 2 to 4 minutes, and longer beside other work. */
export const boot = 330_000;
/** The program's own patience with one. */
export const patience = ['--json', '--timeout', '5m'] as const;
/** All facts together have this long, in ms. */
const limit = 20 * 60_000;
/** systemd and cloud-init read these characters in their own ways. */
export const folder = 'my notes 50%';

type Variables = Readonly<Record<string, string | undefined>>;

/** The program, with a boot's patience. */
export interface Program {
  (...args: readonly string[]): Promise<Ended>;
  /** The same with variables added to (or, when undefined, taken from) its environment. */
  readonly with: (variables: Variables) => (...args: readonly string[]) => Promise<Ended>;
}

/** One person with a notebook on a real VM, as each fact about it leaves them to the next. */
export interface ProgressOptions {
  readonly name: string;
  readonly times: Record<string, number>;
  /** When a VM said on its console that Jupyter answers, in ms since the epoch, by the VM's id. */
  readonly ready: ReadonlyMap<string, number>;
  /** The token of the notebook's URL. */
  token: string;
  /** The printed tunnel line of the notebook, pasted. */
  tunnel: PastedTunnel | undefined;
  /** How the notebook's `create` ended. Throws when it has not made one. */
  readonly made: () => Ended;
  readonly notebook: () => NotebookReply;
  readonly hasMade: (ended: Ended) => void;
  readonly person: () => Person;
  readonly knownHosts: () => string;
  readonly nb: Program;
  /** From the start of a shell's line to Jupyter's answer on the port; the line is ended then. */
  readonly answersAfter: (line: string, port: number) => ReturnType<typeof answersAfter>;
  readonly timed: (what: string, run: Promise<Ended>) => Promise<Ended>;
  readonly login: () => Promise<void>;
  /** ssh by an account of the VM's, with only the host key that create has pinned. */
  readonly ssh: (account: string, command: string, at?: NotebookReply) => Promise<Ended>;
  /** What a command of the site's staff prints on the VM. */
  readonly asStaff: (command: string, input?: string) => Promise<string>;
  /** The status of the reply through the tunnel. */
  readonly status: (path: string, options?: RequestInit) => Promise<number | undefined>;
  /** The ms that the facts still have. Throws when their time is up. */
  readonly left: () => number;
  readonly enter: () => Promise<void>;
  readonly leave: () => Promise<void>;
}

export function stageOf(name: string): ProgressOptions {
  const asker = asUser(name);
  const consoles = watchConsoles(/^NUBES-NB READY /m);
  let entered: Person | undefined;
  let created: Ended | undefined;
  let usual: Variables = {};
  let end = Date.now() + limit;

  function person(): Person {
    if (entered === undefined) throw new Error(`${name} has not entered`);
    return entered;
  }

  function made(): Ended {
    if (created === undefined) throw new Error('no notebook: its create failed');
    return created;
  }

  function left(): number {
    if (Date.now() >= end)
      throw new Error(`the ${limit / 60_000} minutes for all of this are over`);
    return end - Date.now();
  }

  const withVariables: Program['with'] =
    (variables) =>
    (...args) =>
      runPatiently(person(), { ...usual, ...variables }, args, left());

  const notebook = () => notebookIn(made());
  const knownHosts = () => join(person().home, '.local/state/nubes-nb/known_hosts');

  function sshAs(
    account: string,
    command: string,
    { at = notebook(), input = '' }: { at?: NotebookReply; input?: string },
  ): Promise<Ended> {
    const file = account === 'nubes-admin' ? 'staff' : '.ssh/id_ed25519';
    const options = {
      HostKeyAlias: `nubes-nb-${notebook().id}`,
      UserKnownHostsFile: knownHosts(),
      StrictHostKeyChecking: 'yes',
      IdentitiesOnly: 'yes',
      IdentityFile: join(person().home, file),
    };
    const words = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    return onVm(words, `${account}@${at.address}`, command, input);
  }

  const stage: ProgressOptions = {
    name,
    times: {},
    ready: consoles.seen,
    token: '',
    tunnel: undefined,
    made,
    notebook,
    hasMade: (ended) => {
      created = ended;
      stage.token = new URL(notebook().url ?? '').searchParams.get('token') ?? '';
    },
    person,
    knownHosts,
    nb: Object.assign(withVariables({}), { with: withVariables }),
    answersAfter: (line, port) => answersAfter({ ...person().environment, ...usual }, line, port),
    timed: async (what, run) => {
      const began = Date.now();
      const ended = await run;
      stage.times[what] = (Date.now() - began) / 1_000;
      return ended;
    },
    login: async () => {
      const words = ['login', '-u', name, '--password-stdin'];
      const ended = await person().runWith(usual, words, person().password);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
    },
    ssh: (account, command, at) => sshAs(account, command, at === undefined ? {} : { at }),
    asStaff: async (command, input = '') => {
      const { code, stdout, stderr } = await sshAs('nubes-admin', command, { input });
      expect(code, stderr).toBe(0);
      return stdout;
    },
    status: async (path, options) => (await stage.tunnel?.get(path, options))?.status,
    left,
    enter: async () => {
      end = Date.now() + limit;
      await sweep(asker);
      entered = await somebody(name);
      usual = await environmentOf(entered);
      await stage.login();
    },
    leave: async () => {
      const file = new URL('../.artefacts/vm-times.json', import.meta.url);
      await writeFile(file, `${JSON.stringify(stage.times, undefined, 2)}\n`);
      await stage.tunnel?.close();
      await consoles.stop();
      await sweep(asker);
      await entered?.leave();
    },
  };
  return stage;
}

/** With settings for real guests, and a key of the site's staff beside their own. */
async function somebody(name: string): Promise<Person> {
  const settings = {
    image: await realGuests('LAB_REAL_IMAGE'),
    size: await realGuests('LAB_REAL_FLAVOR'),
    network: await realGuests('LAB_REAL_NETWORK'),
    folder,
    idle_timeout: '5m',
  };
  const person = await personCalled(name, { settings: { notebook: settings } });
  const file = join(person.home, 'staff');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'staff@lab', '-f', file]);
  return person;
}

async function environmentOf({ home }: Person): Promise<Variables> {
  return {
    NUBES_NB_SESSION_STORE: 'file',
    NUBES_NB_NOTEBOOK_KEY_FILE: join(home, '.ssh/id_ed25519'),
    NUBES_NB_SITE_TEAM_ADMIN_KEYS: (await readFile(join(home, 'staff.pub'), 'utf8')).trim(),
  };
}
