// Bundles the program into dist/: a chunk for each dynamic import, and packs of the chunks that are used
// together, which start.cjs runs from a code cache.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';
import { bundleModules, bundleNonStrict, common, isLegal, nonStrict } from './bundle.mjs';
import { packed } from './packs.mjs';
import { writeThirdParty } from './third-party.mjs';

/** Imports of Node's modules that are deferred until first use, since most commands need few of them. */
const namedImport =
  /=require\(("node:(?:child_process|crypto|fs\/promises|net|os|readline|timers\/promises|tls|util|v8)")\)/g;

for (const name of await readdir('dist').catch(() => [])) {
  if (name !== 'standalone') await rm(join('dist', name), { recursive: true });
}
const sandbox = await bundleNonStrict();
// The process that asks the keychain.
const keychain = await build({
  ...common,
  entryPoints: { 'keychain-main': 'src/keychain-main.ts' },
  format: 'cjs',
  supported: { 'dynamic-import': false },
  define: { STANDALONE: 'false' },
});
const main = await bundleModules({
  entryPoints: { main: 'src/main.ts' },
  define: {
    'import.meta.url': 'selfUrl',
    'import.meta.filename': '__filename',
    STANDALONE: 'false',
  },
});
await mkdir('dist', { recursive: true });
await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
const builds = [sandbox, keychain, main];
const legal = builds.flatMap(({ outputFiles }) => outputFiles).filter(isLegal);
const thirdParty = writeThirdParty(
  process.cwd(),
  builds.map(({ metafile }) => metafile),
  legal.map(({ text }) => text).join('\n'),
);
for (const { path, text } of [...sandbox.outputFiles, ...keychain.outputFiles]) {
  if (!isLegal({ path })) await writeFile(join('dist', basename(path)), text);
}
const chunks = new Map();
for (const { path, text } of main.outputFiles) {
  if (!isLegal({ path })) chunks.set(basename(path), await asCommonJs(text));
}
const { files, constants } = packed(chunks, main.metafile);
for (const [name, text] of files) await writeFile(join('dist', name), text);
for (const name of ['start', 'keep-cache']) {
  const text = await readFile(new URL(`${name}.cjs`, import.meta.url), 'utf8');
  const { code } = await transform(text, { minify: true, platform: 'node', define: constants });
  await writeFile(`dist/${name}.js`, code);
}

await thirdParty;

/** esbuild splits only ES modules, but Node starts CommonJS in half the time. */
async function asCommonJs(text) {
  const options = { format: 'cjs', platform: 'node', target: common.target };
  const { code } = await transform(text, {
    ...options,
    // `import()` would start Node's loader of ES modules.
    supported: { 'dynamic-import': false },
    banner: text.includes('selfUrl')
      ? "const selfUrl=require('node:url').pathToFileURL(__filename).href;"
      : '',
  });
  const short = await transform(withPlainExports(code), {
    ...options,
    minify: true,
    treeShaking: true,
  });
  return short.code.replaceAll(namedImport, '=(n=>new Proxy({},{get:(_,k)=>require(n)[k]}))($1)');
}

/** esbuild copies the exports of each chunk for its importers, and again for each `import()`. */
function withPlainExports(code) {
  const changes = [
    ['var stdin_exports = {};', 'var stdin_exports = exports;'],
    [
      'module.exports = __toCommonJS(stdin_exports);',
      '__defProp(exports, "__esModule", { value: true });',
    ],
  ];
  let plain = code;
  for (const [old, replacement] of changes) {
    const count = plain.split(old).length - 1;
    if (count !== (code.includes('stdin_exports') ? 1 : 0)) {
      throw new Error(`esbuild no longer writes: ${old}`);
    }
    plain = plain.replace(old, replacement);
  }
  return plain.replaceAll(/__toESM\((require\("\.\/([\w.-]+)\.js"\))\)/g, (whole, chunk, name) =>
    nonStrict.includes(name) ? whole : chunk,
  );
}
