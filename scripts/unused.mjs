// What the bundled packages bring along and this program never uses: loading it costs more start-up
// time than the rest of the program.
import { readFile } from 'node:fs/promises';

/** In place of a module: by package, then as the package's files import it. */
const unusedModules = {
  // Forms, redirects (none is followed), proxies (service-proxy.ts knows them), HTTP/2, other
  // adapters, its own connections (service-connection.ts makes them) and compressed answers.
  axios: {
    'form-data': 'export default class {}',
    'follow-redirects': 'export default { http: {}, https: {} }',
    'proxy-from-env': "export const getProxyForUrl = () => ''",
    'https-proxy-agent': 'export default class {}',
    crypto: 'export default {}',
    http: 'export default { Agent: class {} }',
    https: 'export default { Agent: class {} }',
    http2: 'export default { constants: {} }',
    zlib: 'export default { constants: {} }',
    '../helpers/formDataToStream.js': 'export default () => {}',
    '../helpers/readBlob.js': 'export default () => {}',
    '../helpers/fromDataURI.js': 'export default () => {}',
    '../helpers/estimateDataURLDecodedBytes.js':
      'export const estimateDataURLBufferAllocation = () => 0',
    '../helpers/shouldBypassProxy.js': 'export default () => true',
    '../helpers/AxiosTransformStream.js': 'export default class {}',
    '../helpers/ZlibHeaderTransformStream.js': 'export default class {}',
    '../helpers/Http2Sessions.js': 'export default class {}',
    './fetch.js': 'export const getFetch = () => undefined',
    './xhr.js': 'export default false',
  },
  // Commands that are programs of their own.
  commander: { 'node:child_process': 'module.exports = {}' },
  // The level of colour is told (palette.ts).
  // Colours of headings and borders.
  'cli-table3': { '@colors/colors/safe': 'module.exports = {}' },
  chalk: { '#supports-color': 'export default { stdout: false, stderr: false }' },
};

/** In a module: at their names Node loads the library behind them, for FormData its whole fetch. */
const unusedGlobals = [
  { file: /[/\\]axios[/\\]lib[/\\]utils\.js$/, name: 'G.FormData' },
  { file: /[/\\]axios[/\\]lib[/\\]core[/\\]dispatchRequest\.js$/, name: 'performance' },
];

/** An esbuild plugin that leaves it out. */
export const withoutUnused = {
  name: 'without-unused',
  setup: (builder) => {
    for (const [name, modules] of Object.entries(unusedModules)) leaveOut(builder, name, modules);
    for (const { file, name } of unusedGlobals) forget(builder, file, name);
  },
};

function leaveOut(builder, name, modules) {
  const inPackage = new RegExp(`[/\\\\]node_modules[/\\\\]${name}[/\\\\]`);
  const namespace = `unused-by-${name}`;
  builder.onResolve({ filter: /./ }, ({ path, importer }) =>
    inPackage.test(importer) && path in modules ? { path, namespace } : undefined,
  );
  builder.onLoad({ filter: /./, namespace }, ({ path }) => ({ contents: modules[path] }));
}

function forget(builder, file, name) {
  builder.onLoad({ filter: file }, async ({ path }) => {
    const text = await readFile(path, 'utf8');
    if (!text.includes(name)) throw new Error(`${path} has no ${name} any more`);
    return { contents: text.replaceAll(name, 'undefined') };
  });
}
