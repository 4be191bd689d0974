import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { deleteOwnResources } from '../support/api.ts';
import { type NotebookReply, notebookIn } from '../support/json-output.ts';
import { asUser } from '../support/openstack-client.ts';
import {
  type OpenTunnel,
  realVmValue,
  runOverSsh,
  runWithTimeout,
  timeUntilAnswer,
  watchConsoles,
} from '../support/real-vm.ts';
import {
  type CommandResult,
  commandLine,
  createTestUser,
  standalone,
  type TestUser,
} from '../support/test-user.ts';

/** A boot without KVM takes 2 to 4 minutes, and longer under load. */
export const bootTimeoutMs = 330_000;
/** Flags of `create` and `start` for a slow boot. */
export const createFlags = ['--json', '--timeout', '5m'] as const;
const totalTimeoutMs = 35 * 60_000;
/** Contains characters that are special to systemd and cloud-init. */
export const notebookFolder = 'my notes 50%';

type Variables = Readonly<Record<string, string | undefined>>;

/** Runs the program with the remaining time as its timeout. */
export interface Program {
  (...args: readonly string[]): Promise<CommandResult>;
  /** The same with variables added to the environment, or removed if undefined. */
  readonly with: (variables: Variables) => (...args: readonly string[]) => Promise<CommandResult>;
}

/** A user with a notebook on a real VM, shared by the tests in order. */
export interface VmFixture {
  readonly name: string;
  readonly durationsSeconds: Record<string, number>;
  /** When the ready marker appeared on a VM's console, in ms since the epoch, by the VM's id. */
  readonly readyAtMs: ReadonlyMap<string, number>;
  /** The token of the notebook's URL. */
  token: string;
  /** The notebook's printed tunnel command, running. */
  tunnel: OpenTunnel | undefined;
  /** The result of the notebook's `create`. Throws if it failed. */
  readonly made: () => CommandResult;
  readonly notebook: () => NotebookReply;
  readonly recordCreate: (outcome: CommandResult) => void;
  readonly person: () => TestUser;
  readonly knownHosts: () => string;
  readonly nb: Program;
  /** The standalone executable, as the same user in the same home. */
  readonly executable: Program;
  /** The time from the start of a shell command until Jupyter answers on the port. */
  readonly timeUntilAnswer: (line: string, port: number) => ReturnType<typeof timeUntilAnswer>;
  readonly timed: (what: string, run: Promise<CommandResult>) => Promise<CommandResult>;
  readonly login: () => Promise<void>;
  /** Runs a command over ssh as an account of the VM, with the host key that `create` pinned. */
  readonly ssh: (account: string, command: string, at?: NotebookReply) => Promise<CommandResult>;
  /** The stdout of a command on the VM, run by the site's staff account. */
  readonly asStaff: (command: string, input?: string) => Promise<string>;
  /** The HTTP status of a request through the tunnel. */
  readonly status: (path: string, options?: RequestInit) => Promise<number | undefined>;
  /** The remaining time for all tests. Throws if it is used up. */
  readonly remainingMs: () => number;
  readonly setUp: () => Promise<void>;
  readonly cleanUp: () => Promise<void>;
}

export function createVmFixture(name: string): VmFixture {
  const identity = asUser(name);
  const consoles = watchConsoles(/^NUBES-NB READY /m);
  let testUser: TestUser | undefined;
  let created: CommandResult | undefined;
  let defaultVariables: Variables = {};
  let end = Date.now() + totalTimeoutMs;

  function person(): TestUser {
    if (testUser === undefined) throw new Error(`${name} is not set up`);
    return testUser;
  }

  function made(): CommandResult {
    if (created === undefined) throw new Error('no notebook: its create failed');
    return created;
  }

  function remainingMs(): number {
    if (Date.now() >= end)
      throw new Error(`the ${totalTimeoutMs / 60_000} minutes for all tests are used up`);
    return end - Date.now();
  }

  function build(file?: string): Program {
    const withVariables: Program['with'] =
      (variables) =>
      (...args) => {
        const environment = { ...defaultVariables, ...variables };
        return runWithTimeout(person(), environment, commandLine(args, file), remainingMs());
      };
    return Object.assign(withVariables({}), { with: withVariables });
  }

  const notebook = () => notebookIn(made());
  const knownHosts = () => join(person().home, '.local/state/nubes-nb/known_hosts');

  function sshAs(
    account: string,
    command: string,
    { at = notebook(), input = '' }: { at?: NotebookReply; input?: string },
  ): Promise<CommandResult> {
    const file = account === 'nubes-admin' ? 'staff' : '.ssh/id_ed25519';
    const options = {
      HostKeyAlias: `nubes-nb-${notebook().id}`,
      UserKnownHostsFile: knownHosts(),
      StrictHostKeyChecking: 'yes',
      IdentitiesOnly: 'yes',
      IdentityFile: join(person().home, file),
    };
    const args = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    return runOverSsh(args, `${account}@${at.address}`, command, input);
  }

  const fixture: VmFixture = {
    name,
    durationsSeconds: {},
    readyAtMs: consoles.seen,
    token: '',
    tunnel: undefined,
    made,
    notebook,
    recordCreate: (outcome) => {
      created = outcome;
      fixture.token = new URL(notebook().url ?? '').searchParams.get('token') ?? '';
    },
    person,
    knownHosts,
    nb: build(),
    executable: build(standalone),
    timeUntilAnswer: (line, port) =>
      timeUntilAnswer({ ...person().environment, ...defaultVariables }, line, port),
    timed: async (what, run) => {
      const began = Date.now();
      const outcome = await run;
      fixture.durationsSeconds[what] = (Date.now() - began) / 1_000;
      return outcome;
    },
    login: async () => {
      const args = ['login', '-u', name, '--password-stdin'];
      const outcome = await person().runWith(defaultVariables, args, person().password);
      expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    },
    ssh: (account, command, at) => sshAs(account, command, at === undefined ? {} : { at }),
    asStaff: async (command, input = '') => {
      const { code, stdout, stderr } = await sshAs('nubes-admin', command, { input });
      expect(code, stderr).toBe(0);
      return stdout;
    },
    status: async (path, options) => (await fixture.tunnel?.get(path, options))?.status,
    remainingMs,
    setUp: async () => {
      end = Date.now() + totalTimeoutMs;
      await deleteOwnResources(identity);
      testUser = await createVmUser(name);
      defaultVariables = await environmentOf(testUser);
      await fixture.login();
    },
    cleanUp: async () => {
      const file = new URL('../.artefacts/vm-times.json', import.meta.url);
      await writeFile(file, `${JSON.stringify(fixture.durationsSeconds, undefined, 2)}\n`);
      await fixture.tunnel?.close();
      await consoles.stop();
      await deleteOwnResources(identity);
      await testUser?.cleanUp();
    },
  };
  return fixture;
}

/** A user with settings for real VMs, and a second key for the site's staff account. */
async function createVmUser(name: string): Promise<TestUser> {
  const settings = {
    image: await realVmValue('LAB_REAL_IMAGE'),
    size: await realVmValue('LAB_REAL_FLAVOR'),
    network: await realVmValue('LAB_REAL_NETWORK'),
    folder: notebookFolder,
    idle_timeout: '5m',
  };
  const person = await createTestUser(name, { settings: { notebook: settings } });
  const file = join(person.home, 'staff');
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'staff@lab', '-f', file]);
  return person;
}

async function environmentOf({ home }: TestUser): Promise<Variables> {
  return {
    NUBES_NB_SESSION_STORE: 'file',
    NUBES_NB_NOTEBOOK_KEY_FILE: join(home, '.ssh/id_ed25519'),
    NUBES_NB_SITE_TEAM_ADMIN_KEYS: (await readFile(join(home, 'staff.pub'), 'utf8')).trim(),
  };
}
