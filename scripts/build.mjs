// Bundles the program into dist/, one chunk per thing that is loaded on its own.
import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

/** Servers of the sandbox that are CommonJS and break under an ES module's strict mode. */
const sloppy = ['ldapjs', 'ssh2'];

const besideTheBundle = {
  name: 'beside-the-bundle',
  setup: (builder) => {
    builder.onResolve({ filter: new RegExp(`^(${sloppy.join('|')})$`) }, ({ path }) => ({
      path: `./${path}.cjs`,
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
await build({
  ...common,
  entryPoints: sloppy,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
});
await build({
  ...common,
  plugins: [besideTheBundle],
  entryPoints: { main: 'src/main.ts' },
  splitting: true,
  format: 'esm',
  // CommonJS packages in the bundle find here what they take for granted.
  banner: {
    js: [
      "import{createRequire as nodeRequire}from'node:module';",
      "import{fileURLToPath as nodePath}from'node:url';",
      'const require=nodeRequire(import.meta.url);',
      'const __filename=nodePath(import.meta.url);',
      "const __dirname=nodePath(new URL('.',import.meta.url));",
    ].join(''),
  },
});
