import { exitCodes } from '../../src/errors.ts';
import type { FaultKind, FaultMatch } from '../../src/sandbox/cloud/faults.ts';
import type { RecordedRequest } from '../../src/sandbox/cloud/requests.ts';
import { noQuota, setQuota } from '../support/cloud.ts';
import { fakeSsh } from '../support/ssh.ts';
import { type Seen, type Workbench, workbench } from '../support/workbench.ts';

/** A command whose API calls are made to fail, one after the other. */
export interface FaultCommand {
  readonly words: string;
  /** What has happened before, besides the login. */
  readonly given?: (bench: Workbench) => unknown;
  readonly stdin?: (bench: Workbench) => string;
  /** The heading in the table, if it differs from the words. */
  readonly title?: string;
}

/** The faults, each injected into every request of one kind. */
export const faultKinds = [
  'bad-request',
  'unauthorized',
  'forbidden',
  'not-found',
  'conflict',
  'over-limit',
  'too-many',
  'internal-error',
  'html-502',
  'html-503',
  'reset',
  'reset-after',
  'silent',
  'slow',
  'redirect',
  'empty',
  'not-json',
  'other-json',
  'truncated-json',
  'huge',
] as const satisfies readonly FaultKind[];

/** A kind of request: the ids in its path are left out. */
interface Call {
  readonly service: RecordedRequest['service'];
  readonly method: string;
  readonly path: string;
}

export interface Case {
  readonly command: string;
  readonly call: string;
  readonly fault: (typeof faultKinds)[number];
  readonly seen: Seen;
  /** Text that may not be in the output. */
  readonly secrets: readonly string[];
  /** By the computer's clock and by the real one. */
  readonly waitedMs: number;
  readonly realMs: number;
}

/** One row of the table: the outcome of each fault in one kind of request of a command. */
export interface Row {
  readonly command: string;
  readonly call: string;
  readonly cases: readonly Case[];
}

/** More would only wait for the same processor. */
const benches = 8;

/** Runs every command with every fault in each of its API calls. Benches share the work, as many faults only wait. */
export async function faultTable(commands: readonly FaultCommand[]): Promise<Row[]> {
  const ready = await Promise.all(Array.from({ length: benches }, () => furnishedBench()));
  const [first] = ready;
  if (first === undefined) throw new Error('There is no bench.');
  try {
    const jobs: { command: FaultCommand; call: Call; fault: (typeof faultKinds)[number] }[] = [];
    for (const command of commands) {
      const calls = await first.calls(command);
      jobs.push(...calls.flatMap((call) => faultKinds.map((fault) => ({ command, call, fault }))));
    }
    const results = new Map<(typeof jobs)[number], Case>();
    const waiting = [...jobs];
    const work = async (bench: FaultBench) => {
      for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
        results.set(job, await bench.run(job.command, job.call, job.fault));
      }
    };
    await Promise.all(ready.map(work));
    return rowsOf(jobs.flatMap((job) => results.get(job) ?? []));
  } finally {
    await Promise.all(ready.map(({ close }) => close()));
  }
}

interface FaultBench {
  readonly calls: (command: FaultCommand) => Promise<Call[]>;
  readonly run: (command: FaultCommand, call: Call, fault: Case['fault']) => Promise<Case>;
  readonly close: () => Promise<void>;
}

/** A bench of alice with the notebook `on`, and `off`, which is stopped. */
async function furnishedBench(): Promise<FaultBench> {
  const bench = await workbench({ ldap: false });
  bench.configure((toml) => `${toml}\n[limits]\nper_user = 20\n`);
  await bench.login();
  setQuota(bench, noQuota);
  const ssh = fakeSsh(bench, 'exit 0');
  fakeSsh(bench, 'exit 0', { program: 'scp' });
  const environment = { ...ssh.environment, NUBES_NB_NOTEBOOK_ALLOWED_CIDR: '127.0.0.0/8' };
  await bench.nb('create on off', { environment });
  await bench.nb('stop off');
  const restore = bench.checkpoint();
  const execute = ({ words, stdin = () => '' }: FaultCommand, more = {}) =>
    bench.nb(words, { stdin: stdin(bench), environment: { ...environment, ...more } });
  const { cloud } = bench.sandbox;
  return {
    calls: async (command) => {
      await command.given?.(bench);
      const from = cloud.requests.length;
      const { code, stderr } = await execute(command);
      if (code !== 0) throw new Error(`${command.words} exits ${code}: ${stderr}`);
      const calls = cloud.requests.slice(from).map(callOf);
      await restore();
      // Calls that are sent at the same time arrive in any order.
      const byText = new Map(calls.map((call) => [textOf(call), call]));
      return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? []);
    },
    run: async (command, call, fault) => {
      await command.given?.(bench);
      const details = { times: Number.POSITIVE_INFINITY, ...(fault === 'slow' ? { ms: 20 } : {}) };
      cloud.faults.next(matchOf(call), fault, details);
      const before = bench.now().getTime();
      const realBefore = performance.now();
      // Time limits of requests are real; a short one would fail others on a busy computer.
      const seen = await execute(
        command,
        fault === 'silent' ? { NUBES_NB_TIMEOUTS_HTTP: '2s' } : {},
      );
      const realMs = performance.now() - realBefore;
      const waitedMs = bench.now().getTime() - before;
      const passwords = bench.sandbox.people.map(({ password }) => password);
      const secrets = [...cloud.issuedSecrets(), ...passwords];
      await restore();
      const title = command.title ?? command.words;
      return { command: title, call: textOf(call), fault, seen, secrets, waitedMs, realMs };
    },
    close: bench.close,
  };
}

const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,64}';

function callOf({ service, method, path }: RecordedRequest): Call {
  return { service, method, path: path.replaceAll(new RegExp(id, 'g'), '{id}') };
}

function textOf({ service, method, path }: Call): string {
  return `${service} ${method} ${path}`;
}

function matchOf({ service, method, path }: Call): FaultMatch {
  const pattern = path.replaceAll(/[.+]/g, '\\$&').replaceAll('{id}', `(?:${id})`);
  return { service, method, path: new RegExp(`^${pattern}$`) };
}

function rowsOf(cases: readonly Case[]): Row[] {
  const rows = new Map<string, Case[]>();
  for (const each of cases) {
    const key = `${each.command}\n${each.call}`;
    rows.set(key, [...(rows.get(key) ?? []), each]);
  }
  return [...rows.values()].flatMap((found) => {
    const [first] = found;
    return first === undefined ? [] : [{ command: first.command, call: first.call, cases: found }];
  });
}

/** The error as `--json` prints it on stderr; undefined without one. */
export function errorOf({ stderr }: Seen): ErrorLine | undefined {
  const line = stderr.split('\n').find((text) => text.startsWith('{"error":'));
  return line === undefined ? undefined : (JSON.parse(line) as { error: ErrorLine }).error;
}

export interface ErrorLine {
  readonly code: keyof typeof exitCodes;
  readonly exit: number;
  readonly message: string;
  readonly hint: string | null;
  readonly requestId: string | null;
}

/** What contradicts the contract; empty if nothing does. */
export function violations({ seen, secrets, waitedMs, realMs }: Case): string[] {
  const { code, stdout, stderr } = seen;
  const error = errorOf(seen);
  const found: string[] = [];
  const check = (isRight: boolean, problem: string) => isRight || found.push(problem);
  check(
    (code !== 1 && Object.values(exitCodes).some((each) => each === code)) || code === 0,
    `exit ${code}`,
  );
  check(!/^\s+at \S/m.test(stderr + stdout), 'a stack');
  check(!secrets.some((secret) => (stdout + stderr).includes(secret)), 'a secret');
  check(!/token=[0-9a-f]{16}/.test(stderr), 'a token on stderr');
  check(isJson(stdout), 'stdout is not JSON');
  if (code !== 0) {
    check(error !== undefined, 'no error line');
    check(error === undefined || error.exit === code, `error line with exit ${error?.exit}`);
    check(error === undefined || exitCodes[error.code] === code, `code ${error?.code}`);
    check(Boolean(error?.hint ?? error?.requestId), 'neither hint nor request id');
    check(/\.$/.test(error?.message ?? '.'), 'not a sentence');
  }
  check(waitedMs <= maxWaitMs, `waited ${waitedMs} ms`);
  check(realMs <= maxRealMs, `took ${realMs} ms`);
  return found;
}

/** The longest --timeout by default, and the last request. */
const maxWaitMs = 400_000;
const maxRealMs = 60_000;

/** One value, or one a line. */
function isJson(text: string): boolean {
  if (text === '') return true;
  const parses = (each: string) => {
    try {
      JSON.parse(each);
      return true;
    } catch {
      return false;
    }
  };
  return parses(text) || text.trimEnd().split('\n').every(parses);
}

/** The rows as text: a block for each command, a row for each call, a column for each fault. */
export function textOfTable(rows: readonly Row[]): string {
  const header = ['call', ...faultKinds];
  const lines = rows.map(({ call, cases }) => [call, ...cases.map(cellOf)]);
  const widths = header.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const print = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const commands = [...new Set(rows.map(({ command }) => command))];
  const blocks = commands.map((command) =>
    [
      `nubes-nb ${command}`,
      print(header),
      ...rows.flatMap((row, index) => (row.command === command ? [print(lines[index] ?? [])] : [])),
    ].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}

/** `9 SERVICE`; `0 !` is success with a warning. */
function cellOf({ seen }: Case): string {
  const code = errorOf(seen)?.code;
  const warning = /^warning: /m.test(seen.stderr) ? ' !' : '';
  return `${seen.code}${code === undefined ? '' : ` ${code.replace(/_(ERROR|EXPIRED|EXCEEDED|REFUSED)$/, '')}`}${warning}`;
}
