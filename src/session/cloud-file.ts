import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ifRefused, readBounded, utf8Text } from '../bounded-file.ts';
import { NubesError } from '../errors.ts';
import { mapping } from './clouds-yaml.ts';
import { keystoneUrl } from './keystone-address.ts';
import { readYaml } from './yaml-file.ts';

/** What a file of Horizon says about the cloud. */
export interface CloudFile {
  readonly authUrl: string;
  /** Undefined if the file has none, or only an id. */
  readonly userDomain: string | undefined;
}

/** The name of the folder's newest file that is named as Horizon does, also after a second download. */
export function newestCloudFile(folder: string): string | undefined {
  const [newest] = namesIn(folder)
    .filter((name) => /openrc.*\.sh$|^clouds.*\.ya?ml$/i.test(name) && !unprintable.test(name))
    .flatMap((name) => {
      const changedAt = changeOf(join(folder, name));
      return changedAt === undefined ? [] : { name, changedAt };
    })
    .sort((one, other) => other.changedAt - one.changedAt);
  return newest?.name;
}

const unprintable = /\p{C}/u;

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Undefined for what is not a file, or cannot be looked at. */
function changeOf(path: string): number | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.mtimeMs : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an OpenStack RC file, which is never run, or a clouds.yaml. Throws CONFIGURATION. */
export async function readCloudFile(file: string): Promise<CloudFile> {
  const text = readText(file);
  const found = /\.ya?ml$/i.test(file) ? await inYaml(file) : inShell(text);
  const urls = [...new Set(found.map(({ authUrl }) => authUrl))];
  const [authUrl, ...others] = urls;
  if (authUrl === undefined) throw invalid(`${file} ${whyNone(text)}`);
  if (others.length > 0) {
    throw invalid(`${file} has several clouds (${urls.join(', ')}). Type the address of one.`);
  }
  const domains = new Set(found.map(({ userDomain }) => userDomain));
  return { authUrl, userDomain: domains.size === 1 ? found[0]?.userDomain : undefined };
}

function whyNone(text: string): string {
  return /OS_AUTH_URL=|auth_url:/.test(text)
    ? 'has no plain address of Keystone, and the file is not run. Type the address instead.'
    : 'does not name a Keystone: neither OS_AUTH_URL nor auth_url is in it.';
}

async function inYaml(file: string): Promise<readonly CloudFile[]> {
  const clouds = Object.values(mapping(mapping(await readYaml(file))['clouds']));
  return clouds.flatMap((cloud) => {
    const auth = mapping(mapping(cloud)['auth']);
    return cloudOf((key) => {
      const value = auth[key] ?? mapping(cloud)[key];
      return typeof value === 'string' ? value : undefined;
    });
  });
}

/** Like `export OS_AUTH_URL="https://..." # comment`. What the shell would expand is not a value. */
const assignment =
  /^(?:export\s+)?OS_(\w+)=(?:"([^"$`\\]*)"|'([^']*)'|([^\s"'$`\\;&|<>()]*))(?:\s+#.*|\s*;.*)?$/;

function inShell(text: string): readonly CloudFile[] {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, ...forms] = assignment.exec(line.trim()) ?? [];
    if (key !== undefined) values.set(key.toLowerCase(), forms.find((form) => form) ?? '');
  }
  return cloudOf((key) => values.get(key));
}

function cloudOf(textOf: (key: string) => string | undefined): readonly CloudFile[] {
  // An address may have a user name and a password in it.
  const authUrl = keystoneUrl(textOf('auth_url')?.trim() ?? '');
  if (authUrl === undefined) return [];
  const name = textOf('user_domain_name') ?? '';
  const isDefault = textOf('user_domain_id') === 'default';
  const userDomain = unprintable.test(name) ? '' : name;
  return [{ authUrl, userDomain: userDomain || (isDefault ? 'default' : undefined) }];
}

const maxFileBytes = 1024 * 1024;

function readText(file: string): string {
  const text = ifRefused(
    () => utf8Text(readBounded(file, maxFileBytes).bytes),
    ({ message }) => {
      throw invalid(`${file} ${message}.`);
    },
  );
  if (text === undefined) throw invalid(`${file} is not UTF-8 text.`);
  return text;
}

function invalid(message: string): NubesError {
  return new NubesError('CONFIGURATION', message);
}
