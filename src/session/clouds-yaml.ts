import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NubesError } from '../errors.ts';
import type { World } from '../world.ts';

type Mapping = Readonly<Record<string, unknown>>;
type Reading = Pick<World, 'environment' | 'home' | 'cwd'>;

/**
 * A cloud of clouds.yaml: `secure.yaml` beside it wins, a `profile` of clouds-public.yaml lies below.
 * The file is OS_CLIENT_CONFIG_FILE alone, or the first of the usual places. Throws CONFIGURATION.
 */
export async function readCloud(world: Reading, name: string): Promise<Mapping> {
  const found = await findFile(world);
  if (found === undefined) {
    throw wrong(
      'OS_CLOUD is set, but there is no clouds.yaml.',
      `looked in ${places(world).join(', ')}`,
    );
  }
  const { file, document } = found;
  const clouds = mapping(document['clouds']);
  if (!Object.hasOwn(clouds, name)) {
    const names = Object.keys(clouds).join(', ') || 'none';
    throw wrong(`${file} has no cloud named ${name}.`, `it has: ${names}`);
  }
  const folder = dirname(file);
  const cloud = mapping(clouds[name]);
  const secure = mapping((await readYaml(join(folder, 'secure.yaml')))?.['clouds']);
  const whole = merge(cloud, mapping(secure[name]));
  const profile = whole['profile'] ?? whole['cloud'];
  if (typeof profile !== 'string') return whole;
  const shared = mapping((await readYaml(join(folder, 'clouds-public.yaml')))?.['public-clouds']);
  return merge(mapping(shared[profile]), whole);
}

/** A YAML or JSON mapping; anything else is an empty one. */
export function mapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

async function findFile(world: Reading): Promise<{ file: string; document: Mapping } | undefined> {
  for (const file of places(world)) {
    const document = await readYaml(file);
    if (document !== undefined) return { file, document };
  }
  return undefined;
}

function places({ environment, home, cwd }: Reading): string[] {
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
  const { parse, YAMLParseError } = await import('yaml');
  try {
    const document: unknown = parse(text, { prettyErrors: false });
    if (isMapping(document)) return document;
  } catch (error) {
    // The parser's own message may quote the line, and with it a password.
    const code = error instanceof YAMLParseError ? ` (${error.code})` : '';
    const line = error instanceof YAMLParseError ? lineAt(text, error.pos[0]) : 0;
    throw wrong(
      `${file} is not valid YAML near line ${line}${code}.`,
      'check that the keys of a cloud are indented alike',
    );
  }
  throw wrong(`${file} is not a mapping with the key clouds.`);
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function merge(below: Mapping, above: Mapping): Mapping {
  const entries = Object.entries(above).map(([key, value]) => {
    const under = Object.hasOwn(below, key) ? below[key] : undefined;
    return [key, isMapping(value) && isMapping(under) ? merge(under, value) : value];
  });
  return { ...below, ...Object.fromEntries(entries) };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(message: string, hint?: string): NubesError {
  return new NubesError('CONFIGURATION', message, { hint });
}
