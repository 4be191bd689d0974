import { exitCodes } from '../../src/errors.ts';
import type { Seen } from '../support/workbench.ts';

/** What a command did with one fault. */
export interface Case {
  readonly command: string;
  readonly call: string;
  readonly fault: string;
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

/** The cases that contradict the contract. */
export function wrongCases(rows: readonly Row[]): object[] {
  return rows.flatMap(({ cases }) =>
    cases.flatMap((each) => {
      const problems = violations(each);
      const { command, call, fault, seen } = each;
      return problems.length === 0 ? [] : [{ command, call, fault, problems, stderr: seen.stderr }];
    }),
  );
}

/** What contradicts the contract; empty if nothing does. */
function violations({ seen, secrets, waitedMs, realMs }: Case): string[] {
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
  if (code !== 0 && code !== exitCodes.INTERRUPTED) {
    check(error !== undefined, 'no error line');
    check(error === undefined || error.exit === code, `error line with exit ${error?.exit}`);
    check(error === undefined || exitCodes[error.code] === code, `code ${error?.code}`);
    check(Boolean(error?.hint), 'no hint');
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
