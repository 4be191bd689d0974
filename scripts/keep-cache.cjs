// Saves V8's compiled code for the next run. Failures are ignored: the cache is optional.
const { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

module.exports = (folder, fresh) => {
  try {
    if (makeFolder(folder)) removeOldBuilds(folder);
    for (const [file, script] of fresh) {
      const unfinished = `${file}.${process.pid}`;
      writeFileSync(unfinished, script.createCachedData(), { mode: 0o600 });
      renameSync(unfinished, file);
    }
  } catch {
    // For example a full disk or a read-only home; the next run compiles again.
  }
};

/** Whether it was not there. Node's `recursive` may never return where no folder can be made. */
function makeFolder(folder) {
  const options = { mode: 0o700 };
  try {
    mkdirSync(folder, options);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    if (error.code !== 'ENOENT' || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    mkdirSync(folder, options);
  }
  return true;
}

/** Two versions may be in use: each would remove the code of the other. */
const keptBuilds = 2;

function removeOldBuilds(folder) {
  const [build] = basename(folder).split('-');
  const names = readdirSync(dirname(folder)).filter((name) => !name.startsWith(`${build}-`));
  const others = names.map((name) => join(dirname(folder), name));
  const byTime = others.map((path) => ({ path, time: statSync(path).mtimeMs }));
  byTime.sort((one, other) => other.time - one.time);
  for (const { path } of byTime.slice(keptBuilds)) rmSync(path, { recursive: true, force: true });
}
