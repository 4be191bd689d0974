import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { labFolder } from './lab.ts';

/** One bind that slapd answered. */
export interface Bind {
  readonly dn: string;
  /** LDAP result code: 0 is success, 49 invalid credentials. */
  readonly result: number;
}

const file = join(labFolder, 'log/slapd.log');

/** The result of `work`, and the binds of people (not of services) that slapd answered meanwhile. */
export async function bindsDuring<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; binds: readonly Bind[] }> {
  const before = statSync(file).size;
  const result = await work();
  return { result, binds: bindsIn(readFileSync(file).subarray(before).toString('utf8')) };
}

function bindsIn(log: string): Bind[] {
  const asked = new Map<string, string>();
  const binds: Bind[] = [];
  for (const line of log.split('\n')) {
    const operation = /conn=\d+ op=\d+/.exec(line)?.[0] ?? '';
    const dn = /BIND dn="(uid=[^"]*)" method=/.exec(line)?.[1];
    if (dn !== undefined) asked.set(operation, dn);
    const answered = asked.get(operation);
    const result = /RESULT tag=97 err=(\d+)/.exec(line)?.[1];
    if (answered !== undefined && result !== undefined)
      binds.push({ dn: answered, result: Number(result) });
  }
  return binds;
}
