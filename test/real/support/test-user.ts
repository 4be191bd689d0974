import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'smol-toml';
import { lab, passwordOf } from './lab.ts';
import type { Recorder } from './recorder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The npm build's script, which must have been built. */
export const program = join(root, 'bin/nubes-nb.js');

/** The standalone executable of `npm run build:standalone`. */
export const standalone = join(root, 'dist/standalone/nubes-nb-linux-x64');

/** A standalone executable to test instead. */
export const executable = process.env['NUBES_TEST_EXECUTABLE'];

type Section = Readonly<Record<string, unknown>>;

/** Sections of the settings to change; the value `undefined` removes a key. */
export interface SettingsChange {
  readonly openstack?: Section;
  /** `none`: Keystone alone authenticates. */
  readonly ldap?: Section | 'none';
  readonly notebook?: Section;
}

/** The result of one run of the program. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user with a home folder, an SSH key and settings for the lab. */
export interface TestUser {
  readonly name: string;
  readonly password: string;
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Command lines and environments of the program and of every process it started. */
  readonly seenProcesses: ReadonlySet<string>;
  readonly run: (args: readonly string[], input?: string) => Promise<CommandResult>;
  /** The same with variables added to the environment, or removed if undefined. */
  readonly runWith: (
    variables: Readonly<Record<string, string | undefined>>,
    args: readonly string[],
    input?: string,
  ) => Promise<CommandResult>;
  /** `login -u NAME --password-stdin`. */
  readonly login: () => Promise<CommandResult>;
  readonly cleanUp: () => Promise<void>;
}

/** Creates a home for an LDAP user of the lab. With a recorder, all HTTP goes through it. */
export async function createTestUser(
  name: string,
  options: { recorder?: Recorder; settings?: SettingsChange; password?: string } = {},
): Promise<TestUser> {
  const home = await mkdtemp(join(tmpdir(), `nubes-real-${name}-`));
  await writeSettings(home, options.settings ?? {}, options.recorder);
  await makeKey(home, name);
  const password = options.password ?? passwordOf(name);
  const environment = environmentOf(home);
  const seen = new Set<string>();
  const runWith: TestUser['runWith'] = (variables, args, input) =>
    runProgram(args, input ?? '', { ...environment, ...variables }, home, seen);
  return {
    name,
    password,
    home,
    environment,
    seenProcesses: seen,
    runWith,
    run: (args, input) => runWith({}, args, input),
    login: () => runWith({}, ['login', '-u', name, '--password-stdin'], password),
    cleanUp: () => rm(home, { recursive: true, force: true }),
  };
}

/** The words that start the program with these arguments, as `file` if that is a standalone executable. */
export function commandLine(
  args: readonly string[],
  file = executable,
): readonly [string, ...string[]] {
  return file === undefined ? [process.execPath, program, ...args] : [file, ...args];
}

function environmentOf(home: string): Record<string, string> {
  const inherited = ['PATH', 'DBUS_SESSION_BUS_ADDRESS'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), HOME: home, LANG: 'C.UTF-8' };
}

async function writeSettings(
  home: string,
  change: SettingsChange,
  recorder: Recorder | undefined,
): Promise<void> {
  const folder = join(home, '.config/nubes-nb');
  await mkdir(folder, { recursive: true });
  const settings = {
    openstack: definedOnly({ ...openstackSection(recorder), ...change.openstack }),
    ...(change.ldap === 'none' ? {} : { ldap: definedOnly({ ...ldapSection(), ...change.ldap }) }),
    notebook: definedOnly({ ...notebookSection(), ...change.notebook }),
  };
  await writeFile(join(folder, 'config.toml'), stringify(settings));
}

function openstackSection(recorder: Recorder | undefined): Section {
  return {
    auth_url: recorder?.proxyUrl(lab('OS_AUTH_URL')) ?? lab('OS_AUTH_URL'),
    region: lab('OS_REGION_NAME'),
    user_domain: lab('LAB_LDAP_DOMAIN'),
    project: lab('LAB_PROJECT'),
    project_domain: lab('LAB_PROJECT_DOMAIN'),
  };
}

function ldapSection(): Section {
  return {
    urls: [lab('LAB_LDAP_URL')],
    tls: 'starttls',
    ca_file: lab('LAB_CA_CERT'),
    bind_dn_template: lab('LAB_LDAP_BIND_TEMPLATE').replace('%s', '{username}'),
    denied_groups: [groupCalled(lab('LAB_LDAP_SUSPENDED_GROUP'))],
  };
}

function notebookSection(): Section {
  return { image: lab('LAB_IMAGE'), size: lab('LAB_FLAVOR'), network: lab('LAB_NETWORK') };
}

/** The DN of a group of the lab's directory. */
export function groupCalled(name: string): string {
  return `cn=${name},${lab('LAB_LDAP_GROUP_BASE')}`;
}

function definedOnly(section: Section): Section {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined));
}

async function makeKey(home: string, name: string): Promise<void> {
  await mkdir(join(home, '.ssh'), { mode: 0o700 });
  const file = join(home, '.ssh/id_ed25519');
  await promisify(execFile)('ssh-keygen', [
    ...['-q', '-t', 'ed25519', '-N', '', '-C', `${name}@lab`, '-f', file],
  ]);
}

function runProgram(
  args: readonly string[],
  input: string,
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
  seen: Set<string>,
): Promise<CommandResult> {
  const [node, ...rest] = commandLine(args);
  const child = spawn(node, rest, { cwd, env: { ...environment }, timeout: 280_000 });
  const stopSampling = sampleProcesses(child.pid, seen);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // EPIPE if the program exits before it reads stdin.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      stopSampling();
      resolve({ code, stdout: textOf(stdout), stderr: textOf(stderr) });
    });
  });
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Adds the command lines and environments of a process and its descendants to `seen` every 20 ms.
 * Returns a function that stops the sampling.
 */
function sampleProcesses(pid: number | undefined, seen: Set<string>): () => void {
  if (pid === undefined) return () => undefined;
  const sample = () => {
    for (const each of processTree(pid)) {
      seen.add(procFile(each, 'cmdline'));
      seen.add(procFile(each, 'environ'));
    }
  };
  sample();
  const timer = setInterval(sample, 20);
  return () => clearInterval(timer);
}

function processTree(pid: number): number[] {
  const children = procFile(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(processTree)];
}

/** Empty if the process has exited. */
function procFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
