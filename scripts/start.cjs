// Starts the program from V8's code cache, one per command. Compiling takes longer than everything else in
// a short command, and Node's own cache (since 22.8) saves little of it. The build defines PACKS (the pack
// of each chunk), BUILD (a hash of all packs) and ENTRY.
const { closeSync, fstatSync, openSync, readFileSync } = require('node:fs');
const { isAbsolute, join } = require('node:path');
const { Script } = require('node:vm');

const { argv, env, platform, arch, version } = process;
const [, , command = '--help'] = argv;
const home = platform === 'win32' ? env.LOCALAPPDATA : env.HOME && join(env.HOME, '.cache');
const caches = env.XDG_CACHE_HOME || home;
// The sandbox leaves nothing in the user's home.
const folder =
  command !== 'sandbox' &&
  caches &&
  isAbsolute(caches) &&
  /^[a-z-]{2,12}$/.test(command) &&
  join(caches, 'nubes-nb', 'code', `${BUILD}-${version}-${arch}`);

const opened = new Map();
const loaded = new Map();

/** A chunk's exports; the chunk runs on first use. */
module.exports = function load(id) {
  const known = loaded.get(id);
  if (known) return known.exports;
  const chunk = { exports: {} };
  loaded.set(id, chunk);
  const find = (name) => (name in PACKS ? load(name) : require(name));
  open(PACKS[id])[id](chunk.exports, find, chunk, join(__dirname, id));
  return chunk.exports;
};

function open(pack) {
  const known = opened.get(pack);
  if (known) return known.chunks;
  const filename = join(__dirname, pack);
  const cachedData = folder ? ownFile(cacheOf(pack)) : undefined;
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
  const chunks = script.runInThisContext();
  opened.set(pack, { script, chunks, isCached: cachedData && !script.cachedDataRejected });
  return chunks;
}

function cacheOf(pack) {
  return join(folder, `${command}-${pack}.bin`);
}

/** The file's content, unless another user could have written it. */
function ownFile(file) {
  let handle;
  try {
    handle = openSync(file, 'r');
    const { uid, mode } = fstatSync(handle);
    const isOwn = platform === 'win32' || (uid === process.getuid() && (mode & 0o022) === 0);
    return isOwn ? readFileSync(handle) : undefined;
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** A tunnel ends by Ctrl-C or SIGTERM, after it has run all of its code. */
const isTunnel = command === 'tunnel' || command === 'open';

process.once('exit', (code) => {
  const fresh = [...opened].filter(([, { isCached }]) => !isCached);
  const isRegularEnd = code === 0 || (isTunnel && (code === 130 || code === 143));
  if (!isRegularEnd || !folder || fresh.length === 0) return;
  try {
    require('./keep-cache.js')(
      folder,
      fresh.map(([pack, { script }]) => [cacheOf(pack), script]),
    );
  } catch {
    // Too many files are open; the next run compiles again.
  }
});

module.exports(ENTRY);
