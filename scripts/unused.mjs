// Replaces parts of bundled packages that the program never uses, whose loading takes more start-up time
// than the rest of the program. This depends on the internals of axios, chalk, cli-table3 and commander:
// check it when they are updated.
import { readFile } from 'node:fs/promises';

/** The replacement of each module, by package and by the specifier that the package's files import. */
const unusedModules = {
  // Forms, redirects (none is followed), proxies (handled in openstack/http/proxy.ts), HTTP/2, other
  // adapters, its own connections (made in openstack/http/connection.ts) and compressed answers.
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
    util: 'export default {}',
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
    './helpers/HttpStatusCode.js': 'export default {}',
  },
  // Subcommands as separate executables.
  commander: { 'node:child_process': 'module.exports = {}' },
  // Colours of headings and borders.
  'cli-table3': { '@colors/colors/safe': 'module.exports = {}' },
  // Detection of the colour level, which palette.ts sets, and all styles but those of palette.ts.
  chalk: {
    '#supports-color': 'export default { stdout: false, stderr: false }',
    '#ansi-styles': `
      const style = (open, close) => ({ open: '\\x1B[' + open + 'm', close: '\\x1B[' + close + 'm' });
      const [bold, dim] = [style(1, 22), style(2, 22)];
      const [red, green, magenta] = [31, 32, 35].map((open) => style(open, 39));
      export default { bold, dim, red, green, magenta };`,
  },
};

/** Globals that Node makes on first use, which takes long: FormData loads all of fetch, `navigator` the worker threads. */
const unusedGlobals = [
  {
    file: /[/\\]axios[/\\]lib[/\\]platform[/\\]common[/\\]utils\.js$/,
    name: "typeof navigator === 'object' && navigator",
  },
  { file: /[/\\]axios[/\\]lib[/\\]utils\.js$/, name: 'G.FormData' },
  { file: /[/\\]axios[/\\]lib[/\\]core[/\\]dispatchRequest\.js$/, name: 'performance' },
  // Asked before each request whether the agent reads proxy variables, which none of ours does.
  {
    file: /[/\\]axios[/\\]lib[/\\]adapters[/\\]http\.js$/,
    name: 'process.allowedNodeEnvironmentFlags',
  },
];

/** An esbuild plugin that applies both tables. */
export const withoutUnused = {
  name: 'without-unused',
  setup: (builder) => {
    for (const [name, modules] of Object.entries(unusedModules)) {
      replaceModules(builder, name, modules);
    }
    for (const { file, name } of unusedGlobals) removeGlobal(builder, file, name);
  },
};

function replaceModules(builder, name, modules) {
  const inPackage = new RegExp(`[/\\\\]node_modules[/\\\\]${name}[/\\\\]`);
  const namespace = `unused-by-${name}`;
  builder.onResolve({ filter: /./ }, ({ path, importer }) =>
    inPackage.test(importer) && path in modules ? { path, namespace } : undefined,
  );
  builder.onLoad({ filter: /./, namespace }, ({ path }) => ({ contents: modules[path] }));
}

function removeGlobal(builder, file, name) {
  builder.onLoad({ filter: file }, async ({ path }) => {
    const text = await readFile(path, 'utf8');
    if (!text.includes(name)) throw new Error(`${path} has no ${name} any more`);
    return { contents: text.replaceAll(name, 'undefined') };
  });
}
