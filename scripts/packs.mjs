// Combines chunks that are loaded together into packs, so one file is read and compiled instead of forty.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';

/** The entry modules of each pack. A chunk is in the first pack whose modules import it. */
const packs = {
  'main.pack': ['src/main.ts'],
  'notebooks.pack': [
    'src/app.ts',
    'src/commands/ls.ts',
    'src/notebooks/lifecycle/list.ts',
    'src/openstack/http/axios.ts',
    'src/session/secret-file.ts',
    'smol-toml/',
  ],
  'actions.pack': [
    'src/commands/create.ts',
    'src/session/keychain/store.ts',
    'src/notebooks/create/ensure.ts',
    'src/notebooks/lifecycle/delete.ts',
    'src/notebooks/lifecycle/show.ts',
    'src/notebooks/lifecycle/stop.ts',
    'src/notebooks/jupyter/token.ts',
  ],
  'connect.pack': [
    'src/commands/open.ts',
    'src/commands/tunnel.ts',
    'src/notebooks/connect/background/find.ts',
    'src/notebooks/connect/tunnel.ts',
  ],
  'batch.pack': [
    'src/commands/batch/run-action.ts',
    'src/notebooks/batch/plan-apply.ts',
    'src/notebooks/batch/plan-create.ts',
  ],
};

/** The files to write, and the constants for start.cjs. */
export function packed(chunks, { outputs }) {
  const packOf = {};
  for (const [pack, modules] of Object.entries(packs)) {
    for (const module of modules) {
      for (const name of withImports(chunkOf(module, outputs), outputs)) packOf[name] ??= pack;
    }
  }
  const files = new Map(Object.keys(packs).map((pack) => [pack, packFile(pack, packOf, chunks)]));
  for (const [name, code] of chunks) {
    if (!(name in packOf)) files.set(name, askingForPacked(code, packOf));
  }
  const build = createHash('sha256')
    .update([...files.values()].join(''))
    .digest('hex')
    .slice(0, 12);
  const table = Object.entries(packOf).map(([name, pack]) => [`./${name}`, pack]);
  const [entry] = withImports(chunkOf('src/main.ts', outputs), outputs);
  return {
    files,
    constants: {
      PACKS: JSON.stringify(Object.fromEntries(table)),
      BUILD: JSON.stringify(build),
      ENTRY: JSON.stringify(`./${entry}`),
    },
  };
}

function chunkOf(module, outputs) {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.includes(module));
  if (found === undefined) throw new Error(`${module} has no chunk of its own any more`);
  return found[0];
}

/** The chunk and all its static imports. */
function withImports(path, outputs, seen = new Set()) {
  if (seen.has(path)) return [];
  seen.add(path);
  const imported = outputs[path].imports.filter(
    ({ kind, external }) => kind === 'import-statement' && !external,
  );
  return [basename(path), ...imported.flatMap((each) => withImports(each.path, outputs, seen))];
}

function packFile(pack, packOf, chunks) {
  const held = [...chunks].filter(([name]) => packOf[name] === pack);
  const functions = held.map(
    ([name, code]) =>
      `${JSON.stringify(`./${name}`)}:function(exports,require,module,__filename){${code}\n}`,
  );
  const text = `({${functions.join(',\n')}})`;
  // start.cjs reads it as Latin-1, which is faster.
  if (/[^\0-\x7f]/.test(text)) throw new Error(`${pack} is not ASCII`);
  return text;
}

/** Makes a chunk outside the packs load those inside through start.js. */
function askingForPacked(code, packOf) {
  return code.replaceAll(/\brequire\("\.\/([\w.-]+\.js)"\)/g, (whole, name) =>
    name in packOf ? `require("./start.js")("./${name}")` : whole,
  );
}
