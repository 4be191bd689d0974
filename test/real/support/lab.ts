import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, record, string } from 'valibot';

export const labFolder = process.env['LAB_DIR'] ?? '/tmp/nubes-lab';
export const labFile = join(labFolder, 'lab.json');

/** A value of lab.json, which lab/up.sh writes with the names of lab.env. */
export function lab(name: string): string {
  const value = values()[name];
  if (value === undefined)
    throw new Error(`${labFile} has no ${name}; run.sh --purge makes a new lab`);
  return value;
}

/** The password of an LDAP user of the lab. */
export function passwordOf(user: string): string {
  return lab(`LAB_USER_${user.toUpperCase()}_PASSWORD`);
}

let cached: Record<string, string> | undefined;

function values(): Record<string, string> {
  cached ??= parse(record(string(), string()), JSON.parse(readFileSync(labFile, 'utf8')));
  return cached;
}
