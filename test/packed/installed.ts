import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

/** The program as npm installs it. */
export interface Installed {
  /** The folder of the command `nubes-nb`. */
  readonly bin: string;
  /** The folder of the package. */
  readonly root: string;
}

/** Packs the working copy, which builds it, and installs the package into a new folder. */
export async function installPacked(folder: string): Promise<Installed> {
  const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  const prefix = join(folder, 'prefix');
  const quick = ['--no-audit', '--no-fund', '--prefer-offline'];
  const options = ['--global', '--prefix', prefix, '--ignore-scripts', ...quick];
  await execa('npm', ['install', ...options, join(folder, filename)]);
  return { bin: join(prefix, 'bin'), root: join(prefix, 'lib/node_modules/nubes-nb') };
}

/** Builds the standalone executable of this computer and puts it, alone, into a new folder, under a name of its own. */
export async function installStandalone(folder: string): Promise<Installed> {
  const { stdout } = await execa('npm', ['run', '--silent', 'build:standalone']);
  const [root, bin] = [join(folder, 'elsewhere'), join(folder, 'bin')];
  mkdirSync(root);
  mkdirSync(bin);
  copyFileSync(stdout.trim(), join(root, 'renamed'));
  symlinkSync(join('..', 'elsewhere', 'renamed'), join(bin, 'nubes-nb'));
  return { bin, root };
}

/** Builds the executable of another version, beside the first one. */
export async function installOtherVersion({ root }: Installed, version: string): Promise<string> {
  const folder = join(root, version);
  mkdirSync(folder);
  for (const name of ['src', 'scripts']) cpSync(name, join(folder, name), { recursive: true });
  for (const name of ['node_modules', 'bin', 'completions', 'man', 'LICENSE']) {
    symlinkSync(resolve(name), join(folder, name));
  }
  for (const name of ['THIRD-PARTY-NOTICES', 'sbom.cdx.json']) {
    copyFileSync(name, join(folder, name));
  }
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }));
  const { stdout } = await execa('node', ['scripts/standalone.mjs'], { cwd: folder });
  return join(folder, stdout.trim());
}

/** Every part that is loaded on its own: the files of dist/, and the chunks inside its packs. */
export function partsOf({ root }: Installed): string[] {
  const dist = join(root, 'dist');
  return readdirSync(dist).flatMap((name) => {
    if (name.endsWith('.js')) return [name];
    if (!name.endsWith('.pack')) return [];
    const chunks = readFileSync(join(dist, name), 'latin1').matchAll(/"\.\/([^"]+)":function\(/g);
    return [...chunks].map(([, chunk = '']) => chunk);
  });
}

/** The parts that ran, from the coverage files of all processes. */
export function partsRun({ root }: Installed, coverage: string): Set<string> {
  const parts = new Set<string>();
  for (const file of readdirSync(coverage)) {
    const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as Coverage;
    for (const { url, functions } of result) {
      if (!url.includes(`${root}/dist/`)) continue;
      if (url.endsWith('.js')) parts.add(url.slice(url.lastIndexOf('/') + 1));
      for (const { functionName, ranges } of functions) {
        const [, chunk] = /^\.\/(.+\.js)$/.exec(functionName) ?? [];
        if (chunk !== undefined && (ranges[0]?.count ?? 0) > 0) parts.add(chunk);
      }
    }
  }
  return parts;
}

/** The size of the parts that ran, each counted once. */
export function codeBytesRun(installed: Installed, coverage: string): number {
  const run = partsRun(installed, coverage);
  return sizesOf(installed).reduce((sum, [part, bytes]) => sum + (run.has(part) ? bytes : 0), 0);
}

function sizesOf({ root }: Installed): (readonly [part: string, bytes: number])[] {
  const dist = join(root, 'dist');
  return readdirSync(dist).flatMap((name) => {
    if (name.endsWith('.js')) return [[name, statSync(join(dist, name)).size] as const];
    if (!name.endsWith('.pack')) return [];
    const text = readFileSync(join(dist, name), 'latin1');
    const starts = [...text.matchAll(/"\.\/([^"]+)":function\(/g)];
    return starts.map(
      ({ index, 1: part = '' }, at) =>
        [part, (starts[at + 1]?.index ?? text.length) - index] as const,
    );
  });
}

/** A file that V8 writes for NODE_V8_COVERAGE. */
interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly count: number }[];
    }[];
  }[];
}
