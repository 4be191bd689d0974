import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ifRefused, readBounded, utf8Text } from '../bounded-file.ts';
import { NubesError } from '../errors.ts';
import { mapping } from './clouds-yaml.ts';
import { readYaml } from './yaml-file.ts';

/** What a file of Horizon says about the cloud. */
export interface CloudFile {
  readonly authUrl: string;
  /** Undefined if the file has none, or only an id. */
  readonly userDomain: string | undefined;
}

/** The name of the folder's newest file that is named as Horizon does, also after a second download. */
export function newestCloudFile(folder: string): string | undefined {
  const changed = (name: string) =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const [newest] = namesIn(folder)
    .filter((name) => /openrc.*\.sh$|^clouds.*\.ya?ml$/i.test(name))
    .sort((one, other) => changed(other) - changed(one));
  return newest;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Reads an OpenStack RC file, which is never run, or a clouds.yaml. Throws CONFIGURATION. */
export async function readCloudFile(file: string): Promise<CloudFile> {
  const text = readText(file);
  const found = /\.ya?ml$/i.test(file) ? await inYaml(file) : inShell(text);
  const [cloud, ...others] = found;
  if (cloud === undefined) {
    throw invalid(`${file} does not name a Keystone: neither OS_AUTH_URL nor auth_url is in it.`);
  }
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(cloud))) {
    const names = [...new Set(found.map(({ authUrl }) => authUrl))].join(', ');
    throw invalid(`${file} has several clouds (${names}): type the address of one of them.`);
  }
  return cloud;
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

/** Lines like `export OS_AUTH_URL="https://..."`; one with a `$` is not a value. */
function inShell(text: string): readonly CloudFile[] {
  const line = /^[ \t]*(?:export[ \t]+)?OS_(\w+)=(["']?)([^"'$`\r\n]*)\2[ \t]*\r?$/gm;
  const values = new Map(
    [...text.matchAll(line)].map(([, key = '', , value = '']) => [key.toLowerCase(), value]),
  );
  return cloudOf((key) => values.get(key));
}

function cloudOf(textOf: (key: string) => string | undefined): readonly CloudFile[] {
  const authUrl = textOf('auth_url');
  if (!authUrl) return [];
  const isDefault = textOf('user_domain_id') === 'default';
  return [
    { authUrl, userDomain: textOf('user_domain_name') || (isDefault ? 'default' : undefined) },
  ];
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
