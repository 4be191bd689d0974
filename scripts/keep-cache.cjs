// Saves V8's compiled code for the next run. Failures are ignored: the cache is optional.
const { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

module.exports = (folder, fresh) => {
  try {
    if (mkdirSync(folder, { recursive: true, mode: 0o700 })) removeOtherBuilds(folder);
    for (const [file, script] of fresh) {
      const unfinished = `${file}.${process.pid}`;
      writeFileSync(unfinished, script.createCachedData(), { mode: 0o600 });
      renameSync(unfinished, file);
    }
  } catch {
    // For example a full disk or a read-only home; the next run compiles again.
  }
};

function removeOtherBuilds(folder) {
  const [build] = basename(folder).split('-');
  for (const name of readdirSync(dirname(folder))) {
    if (!name.startsWith(`${build}-`))
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}
