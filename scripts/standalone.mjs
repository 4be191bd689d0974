// Builds executables with a runtime of their own into dist/standalone/, for this computer or for the given targets:
//   npm run build:standalone [-- TARGET... | all]
// esbuild bundles the program as for the npm package; bun compiles that to bytecode and appends it to its runtime.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundleModules, bundleNonStrict, isLegal } from './bundle.mjs';
import { fileOf, hostTarget, targets } from './targets.mjs';

const run = promisify(execFile);

/** Where a module is; inside the executable it would be a folder of the computer that built it. */
const noPlace = {
  __dirname: '"/"',
  __filename: '"/"',
  'import.meta.filename': '"/"',
  'import.meta.url': '"file:///"',
};

/** Folders that the program prints files of. */
const texts = ['completions', 'man'];

const output = resolve('dist/standalone');
const modules = join(output, '.modules');
const { version, integrity } = JSON.parse(
  await readFile(new URL('standalone/runtimes.json', import.meta.url), 'utf8'),
);

const names = namesOf(process.argv.slice(2));
await rm(modules, { recursive: true, force: true });
await mkdir(modules, { recursive: true });
try {
  await writeModules();
  const compiler = await runtimeOf(hostTarget());
  for (const name of names) await compile(compiler, name);
} finally {
  await rm(modules, { recursive: true, force: true });
}
await writeNotices();
await writeSums();

function namesOf(given) {
  if (given.includes('all')) return Object.keys(targets);
  const unknown = given.filter((name) => !(name in targets));
  if (unknown.length > 0) {
    throw new Error(
      `no target ${unknown.join(', ')}; there are: ${Object.keys(targets).join(', ')}`,
    );
  }
  return given.length > 0 ? given : [hostTarget()];
}

/** Bundles without any import that is looked up when the program runs: that could be a file of the user's folder. */
async function writeModules() {
  const absent = {
    name: 'absent',
    setup: (builder) => {
      builder.onResolve({ filter: /^(?:keytar|cpu-features)$|\.node$/ }, ({ path }) => ({
        path,
        namespace: 'absent',
      }));
      builder.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
        contents: `throw new Error(${JSON.stringify(`${path} is not part of the executable`)})`,
        loader: 'js',
      }));
    },
  };
  const options = { external: [], plugins: [absent] };
  const [nonStrict, main] = await Promise.all([
    bundleNonStrict({ ...options, define: noPlace }),
    bundleModules({
      ...options,
      entryPoints: { main: 'src/standalone-main.ts' },
      define: { STANDALONE: 'true', ...noPlace },
    }),
  ]);
  for (const { path, text } of nonStrict.outputFiles) {
    if (!isLegal({ path })) await writeFile(join(modules, basename(path)), sloppy(text));
  }
  for (const folder of texts) await cp(folder, join(modules, folder), { recursive: true });
  for (const { path, text } of main.outputFiles) {
    if (!isLegal({ path })) await writeFile(join(modules, basename(path)), text);
  }
}

/** bun makes an ES module of everything, which is strict; the body of a Function is not. */
function sloppy(text) {
  const call = '(module.exports, (name) => process.getBuiltinModule(name), module);';
  return `new Function('exports', 'require', 'module', ${JSON.stringify(text)})${call}\n`;
}

async function compile(compiler, name) {
  const { bun, binding } = targets[name];
  // Its name is the one that the program reads.
  await cp(`node_modules/keytar/prebuilds/${binding}/keytar.node`, join(modules, 'keytar.node'));
  const file = fileOf(name);
  const options = [
    ...[
      '--compile',
      '--minify',
      '--keep-names',
      '--bytecode',
      '--format=esm',
      '--splitting',
      '--reject-unresolved',
    ],
    // Otherwise it would read these files of the folder that the user is in, which may be someone else's.
    ...['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'],
    ...['--no-compile-autoload-tsconfig', '--no-compile-autoload-package-json'],
    // A command is over before the code of a better compiler has paid for its making, in time or in memory.
    '--compile-jit-policy=200',
    ...[`--target=${bun}`, `--compile-executable-path=${await runtimeOf(name)}`],
    ...[...texts, 'keytar.node'].flatMap((path) => ['--asset', path]),
    ...['--outfile', file],
  ];
  // Inside the executable, assets have the paths that are given here.
  await run(compiler, ['build', ...options, './main.js'], { cwd: modules });
  // The one of an earlier build is replaced only now, and may be running.
  await rename(join(modules, file), join(output, file));
  console.log(`dist/standalone/${file}`);
}

/** The file of bun for a target, downloaded once from the npm registry. */
async function runtimeOf(name) {
  const { runtime } = targets[name];
  const folder = resolve('node_modules/.cache/nubes-nb/bun', `${basename(runtime)}-${version}`);
  const file = join(folder, 'package', 'bin', name.startsWith('windows') ? 'bun.exe' : 'bun');
  if (existsSync(file)) return file;
  const parts = `${folder}.part`;
  await rm(parts, { recursive: true, force: true });
  await mkdir(parts, { recursive: true });
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await run(npm, ['pack', '--silent', `--pack-destination=${parts}`, `${runtime}@${version}`]);
  const [archive] = await readdir(parts);
  const digest = createHash('sha512')
    .update(await readFile(join(parts, archive)))
    .digest('base64');
  if (`sha512-${digest}` !== integrity[runtime]) {
    throw new Error(`${runtime}@${version} is not the package that runtimes.json names`);
  }
  await run('tar', ['-xzf', archive], { cwd: parts });
  await rename(parts, folder);
  return file;
}

/** Those of the npm build, and of what only the executables contain. */
async function writeNotices() {
  const [bundled, keytar] = await Promise.all(
    ['THIRD-PARTY-NOTICES', 'node_modules/keytar/LICENSE.md'].map((file) => readFile(file, 'utf8')),
  );
  const bun = `bun ${version} (MIT), with JavaScriptCore (LGPL-2.1) and other libraries: https://bun.com/docs/project/licensing`;
  const parts = [bundled.trimEnd(), `keytar (MIT)\n\n${keytar.trim()}`, bun];
  await writeFile(
    join(output, 'THIRD-PARTY-NOTICES'),
    `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
  );
}

/** In the format of sha256sum. */
async function writeSums() {
  const files = (await readdir(output)).filter((name) => name !== 'SHA256SUMS').sort();
  const lines = files.map(async (name) => {
    const digest = createHash('sha256')
      .update(await readFile(join(output, name)))
      .digest('hex');
    return `${digest}  ${name}\n`;
  });
  await writeFile(join(output, 'SHA256SUMS'), (await Promise.all(lines)).join(''));
}
