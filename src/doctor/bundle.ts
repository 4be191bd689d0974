import { writeFile } from 'node:fs/promises';
import { NubesError, systemCode, unwritable } from '../errors.ts';
import { rfc3339 } from '../rfc3339.ts';
import type { SettingEntry } from '../settings/settings.ts';
import type { Check } from './check.ts';

/** One text for a ticket. Settings hold no secrets, but a URL may have a password in it. */
export function bundleText(
  checks: readonly Check[],
  settings: readonly SettingEntry[],
  now: Date,
): string {
  const lines = [
    `nubes-nb doctor, ${rfc3339(now)}`,
    '',
    'Checks',
    ...checks.flatMap(({ name, state, detail, fix }) => [
      `${state.padEnd(8)} ${name}: ${detail}`,
      ...(fix === null ? [] : [`         fix: ${fix}`]),
    ]),
    '',
    'Settings',
    ...settings.map(({ key, value, origin }) => `${key} = ${JSON.stringify(value)} (${origin})`),
  ];
  return `${lines.map(withoutPasswords).join('\n')}\n`;
}

function withoutPasswords(line: string): string {
  return line.replace(/(\w:\/\/)[^/@\s"]+@/g, '$1***@');
}

/** With mode 0600. Throws CONFLICT for a file that exists: it may be that of another ticket. */
export async function writeBundle(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      throw new NubesError('CONFLICT', `${file} exists, and is not overwritten.`, {
        hint: 'name another file with --bundle FILE',
      });
    }
    throw unwritable(file, error, '--bundle FILE');
  }
}
