// Bundles the program into dist/, one chunk per thing that is loaded on its own.
import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { main: 'src/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  keepNames: false,
  legalComments: 'external',
  // Native modules are loaded from node_modules, where there are any.
  external: ['keytar', '*.node', 'cpu-features'],
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
  logLevel: 'warning',
});
