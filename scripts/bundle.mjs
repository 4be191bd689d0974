// How esbuild bundles the program, for the npm package and for the standalone executables.
import { build } from 'esbuild';
import { withoutUnused } from './unused.mjs';

/** CommonJS libraries of the sandbox that fail in strict mode, so they cannot be part of an ES module. */
export const nonStrict = ['ldapjs', 'ssh2'];

const separateBundles = {
  name: 'separate-bundles',
  setup: (builder) => {
    builder.onResolve({ filter: new RegExp(`^(${nonStrict.join('|')})$`) }, ({ path }) => ({
      path: `./${path}.js`,
      external: true,
    }));
  },
};

export const common = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'external',
  metafile: true,
  write: false,
  // Native modules are loaded from node_modules, if installed.
  external: ['keytar', '*.node', 'cpu-features'],
  logLevel: 'warning',
};

/** A CommonJS file for each of the libraries that fail in strict mode. */
export function bundleNonStrict(options = {}) {
  // ssh2 distinguishes its classes by name.
  return build({ ...common, ...options, entryPoints: nonStrict, format: 'cjs', keepNames: true });
}

/** ES modules: a chunk for each `import()`, and for what several of them share. */
export function bundleModules({ plugins = [], ...options }) {
  return build({
    ...common,
    ...options,
    plugins: [separateBundles, withoutUnused, ...plugins],
    splitting: true,
    format: 'esm',
  });
}

/** Whether esbuild made the file of the licences' comments. */
export function isLegal({ path }) {
  return path.endsWith('.LEGAL.txt');
}
