import type { Command } from 'commander';
import type { App, ToAction } from '../app.ts';
import { NubesError } from '../errors.ts';
import { withFlags } from '../hints.ts';
import { wordFor } from '../notebooks/name.ts';
import type { ServerNotebook } from '../notebooks/notebook.ts';
import { isOff } from '../notebooks/status.ts';
import { formatAge } from '../terminal/age.ts';
import { clean } from '../terminal/clean.ts';
import { type Display, type Line, type Report, sentences } from '../terminal/report.ts';
import { type Identity, identityReport } from './output/login.ts';

export function declare(command: Command, toAction: ToAction): void {
  command.addHelpText('after', '\nExample:\n  nubes-nb status').action(toAction(status));
}

/** Where the user stands. Fields are only ever added. */
interface Status {
  /** Null: not logged in. */
  readonly login: Identity | null;
  /** Null: not logged in, or the list could not be read. */
  readonly notebooks: readonly ServerNotebook[] | null;
  /** Why not; null if all is known. */
  readonly problem: string | null;
  /** Commands to go on with, the likeliest first. */
  readonly next: readonly string[];
  /** `site_team.support`; null if it is not set. */
  readonly support: string | null;
}

/** What a person waits for who has typed nothing but the program's name. */
const timeoutMs = 5_000;

/** At most 14 lines, and always exit 0 but for broken settings: it answers "what now?". */
export async function status(app: App): Promise<Report> {
  const now = await findStatus(app);
  const support = (await app.settings()).siteTeam.support ?? null;
  const found = { ...now, support, next: now.next.map((command) => withFlags(command, app.flags)) };
  return {
    data: found,
    names: (found.notebooks ?? []).map(({ name }) => name),
    text: (display) => lines(found, display),
  };
}

async function findStatus(app: App): Promise<Omit<Status, 'support'>> {
  const { openstack } = await app.settings();
  app.time.limit(timeoutMs);
  if (openstack.authUrl === undefined && (await app.storedLogin()) === undefined) {
    const problem = `No cloud is configured: ${app.places.config} names no Keystone.`;
    const next = ['nubes-nb login', 'nubes-nb sandbox demo'];
    return { login: null, notebooks: null, problem, next };
  }
  try {
    const session = await app.session();
    const login = identityReport(session, app.terminal.now()).data;
    return await listed(app, login);
  } catch (error) {
    return { login: null, notebooks: null, problem: messageOf(error), next: ['nubes-nb login'] };
  }
}

async function listed(app: App, login: Identity): Promise<Omit<Status, 'support'>> {
  try {
    const { listServersInParts } = await import('../notebooks/lifecycle/list.ts');
    const notebooks: ServerNotebook[] = [];
    for await (const part of listServersInParts(await app.deps())) notebooks.push(...part);
    return { login, notebooks, problem: null, next: nextFor(notebooks) };
  } catch (error) {
    if (error instanceof NubesError && error.exit === 4) throw error;
    return { login, notebooks: null, problem: messageOf(error), next: ['nubes-nb ls'] };
  }
}

/** Ctrl-C and bugs are not for this screen. */
function messageOf(error: unknown): string {
  const isExpected = error instanceof NubesError && error.exit !== 1 && error.exit < 128;
  if (!isExpected) throw error;
  return error.message;
}

function nextFor(notebooks: readonly ServerNotebook[]): readonly string[] {
  const on = notebooks.find((notebook) => notebook.status === 'running');
  const off = notebooks.find((notebook) => isOff(notebook.status));
  return [
    ...(on === undefined ? [] : [`nubes-nb open ${wordFor(on)}`]),
    ...(off === undefined ? [] : [`nubes-nb start ${wordFor(off)}`]),
    `nubes-nb create ${notebooks.length === 0 ? 'my-notebook' : 'NAME'}`,
  ];
}

const maxShown = 5;

function lines(
  { login, notebooks, problem, next, support }: Status,
  display: Display,
): readonly Line[] {
  return [
    login === null
      ? display.palette.bold('nubes-nb: named Jupyter notebook VMs on OpenStack')
      : `${display.palette.bold(clean(login.user.name))} in the project ${clean(login.project.name)}`,
    ...(problem === null ? [] : sentences(clean(problem))),
    ...(notebooks === null ? [] : rows(notebooks, display)),
    '',
    ...[...next, 'nubes-nb --help'].map((command) => `  ${command}`),
    ...(support === null ? [] : sentences(`Help: ${clean(support)}`)),
  ];
}

function rows(notebooks: readonly ServerNotebook[], { now, isTty }: Display): readonly string[] {
  if (notebooks.length === 0) return ['You have no notebooks.'];
  const shown = notebooks.slice(0, maxShown);
  const width = Math.max(...shown.map(({ name }) => name.length));
  const more = notebooks.length - shown.length;
  return [
    ...shown.map(({ name, status: state, createdAt }) => {
      const age = isTty ? `${formatAge(new Date(createdAt), now())} old` : `created ${createdAt}`;
      return `  ${clean(name).padEnd(width)}  ${state}, ${age}`;
    }),
    ...(more > 0 ? [`  and ${more} more: nubes-nb ls`] : []),
  ];
}
