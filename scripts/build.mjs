// Bundles the program into dist/, one chunk per thing that is loaded on its own.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';
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

await rm('dist', { recursive: true, force: true });
// ssh2 tells its own classes apart by their names.
await build({ ...common, entryPoints: sloppy, format: 'cjs', keepNames: true });
const { outputFiles } = await build({
  ...common,
  entryPoints: { main: 'src/main.ts' },
  plugins: [besideTheBundle, withoutUnused],
  splitting: true,
  format: 'esm',
  define: { 'import.meta.url': 'selfUrl' },
  write: false,
});
await mkdir('dist', { recursive: true });
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
for (const { path, text } of outputFiles) {
  await writeFile(
    join('dist', basename(path)),
    path.endsWith('.js') ? await asCommonJs(text) : text,
  );
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
  return code;
}
