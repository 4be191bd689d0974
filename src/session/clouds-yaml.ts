import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';

type Mapping = Readonly<Record<string, unknown>>;
type CloudsWorld = Pick<World, 'environment' | 'home' | 'cwd'>;

/**
 * A cloud of clouds.yaml: `secure.yaml` overrides it, and it overrides its `profile` in
 * clouds-public.yaml. The file is OS_CLIENT_CONFIG_FILE, or the first that exists in the
 * standard folders. Throws CONFIGURATION.
 */
export async function readCloud(world: CloudsWorld, name: string): Promise<Mapping> {
  const found = await findFile(world);
  if (found === undefined) {
    throw invalid(
      'OS_CLOUD is set, but there is no clouds.yaml.',
      `searched: ${candidateFiles(world).join(', ')}`,
    );
  }
  const { file, document } = found;
  const clouds = mapping(document['clouds']);
  if (!Object.hasOwn(clouds, name)) {
    const names = Object.keys(clouds).join(', ') || 'none';
    throw invalid(`${file} has no cloud named ${name}.`, `its clouds: ${names}`);
  }
  const folder = dirname(file);
  const cloud = mapping(clouds[name]);
  const secure = mapping((await readYaml(join(folder, 'secure.yaml')))?.['clouds']);
  const merged = merge(cloud, mapping(secure[name]));
  const profile = merged['profile'] ?? merged['cloud'];
  if (typeof profile !== 'string') return merged;
  const shared = mapping((await readYaml(join(folder, 'clouds-public.yaml')))?.['public-clouds']);
  return merge(mapping(shared[profile]), merged);
}

/** A mapping; any other value becomes an empty one. */
export function mapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

async function findFile(
  world: CloudsWorld,
): Promise<{ file: string; document: Mapping } | undefined> {
  for (const file of candidateFiles(world)) {
    const document = await readYaml(file);
    if (document !== undefined) return { file, document };
  }
  return undefined;
}

function candidateFiles({ environment, home, cwd }: CloudsWorld): string[] {
  const only = environment['OS_CLIENT_CONFIG_FILE'];
  if (only) return [only];
  const config = environment['XDG_CONFIG_HOME'] || join(home, '.config');
  const folders = [cwd, join(config, 'openstack'), '/etc/openstack'];
  return folders.flatMap((folder) =>
    ['clouds.yaml', 'clouds.yml'].map((name) => join(folder, name)),
  );
}

async function readYaml(file: string): Promise<Mapping | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const {
    default: { parse, YAMLParseError },
  } = await import('yaml');
  try {
    const document: unknown = parse(text, { prettyErrors: false });
    if (isMapping(document)) return document;
  } catch (error) {
    // The message of the parser may quote the line, which may contain a password.
    const code = error instanceof YAMLParseError ? ` (${error.code})` : '';
    const line = error instanceof YAMLParseError ? lineAt(text, error.pos[0]) : 0;
    throw invalid(
      `${file} is not valid YAML near line ${line}${code}.`,
      'check the indentation of the keys',
    );
  }
  throw invalid(`${file} is not a mapping with the key clouds.`);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function merge(base: Mapping, override: Mapping): Mapping {
  const entries = Object.entries(override).map(([key, value]) => {
    const baseValue = Object.hasOwn(base, key) ? base[key] : undefined;
    return [key, isMapping(value) && isMapping(baseValue) ? merge(baseValue, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}
