// Bundles the program into dist/, one chunk per thing that is loaded on its own, and what every
// command needs in packs that start.cjs runs from a code cache.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';
import { packed } from './packs.mjs';
import { withoutUnused } from './unused.mjs';

/** Servers of the sandbox that are CommonJS and break under an ES module's strict mode. */
const sloppy = ['ldapjs', 'ssh2'];

const besideTheBundle = {
  name: 'beside-the-bundle',
  setup: (builder) => {
    builder.onResolve({ filter: new RegExp(`^(${sloppy.join('|')})$`) }, ({ path }) => ({
      path: `./${path}.js`,
      external: true,
    }));
  },
};

const common = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'external',
  // Native modules are loaded from node_modules, where there are any.
  external: ['keytar', '*.node', 'cpu-features'],
  logLevel: 'warning',
};

/** Node loads its own modules at the first use of a name from them; most commands use few. */
const namedImport =
  /=require\(("node:(?:child_process|crypto|fs\/promises|net|readline|timers\/promises|util)")\)/g;

await rm('dist', { recursive: true, force: true });
// ssh2 tells its own classes apart by their names.
await build({ ...common, entryPoints: sloppy, format: 'cjs', keepNames: true });
const { outputFiles, metafile } = await build({
  ...common,
  entryPoints: { main: 'src/main.ts' },
  plugins: [besideTheBundle, withoutUnused],
  splitting: true,
  format: 'esm',
  define: { 'import.meta.url': 'selfUrl' },
  metafile: true,
  write: false,
});
await mkdir('dist', { recursive: true });
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
const chunks = new Map();
for (const { path, text } of outputFiles) {
  const name = basename(path);
  if (name.endsWith('.js')) chunks.set(name, await asCommonJs(text));
  else await writeFile(join('dist', name), text);
}
const { files, constants } = packed(chunks, metafile);
for (const [name, text] of files) await writeFile(join('dist', name), text);
for (const name of ['start', 'keep-cache']) {
  const text = await readFile(new URL(`${name}.cjs`, import.meta.url), 'utf8');
  const { code } = await transform(text, { minify: true, platform: 'node', define: constants });
  await writeFile(`dist/${name}.js`, code);
}

/** Only ES modules can be split, but Node starts CommonJS in half the time. */
async function asCommonJs(text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: common.target,
    minify: true,
    // `import()` would start the loader of ES modules after all.
    supported: { 'dynamic-import': false },
    banner: text.includes('selfUrl')
      ? "const selfUrl=require('node:url').pathToFileURL(__filename).href;"
      : '',
  });
  return code.replaceAll(namedImport, '=(n=>new Proxy({},{get:(_,k)=>require(n)[k]}))($1)');
}
