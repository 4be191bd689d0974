// Keeps V8's code of this run for the next one. Nobody misses it where it cannot be kept.
const { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

module.exports = (folder, fresh) => {
  try {
    if (mkdirSync(folder, { recursive: true, mode: 0o700 })) forgetOtherBuilds(folder);
    for (const [file, script] of fresh) {
      const unfinished = `${file}.${process.pid}`;
      writeFileSync(unfinished, script.createCachedData(), { mode: 0o600 });
      renameSync(unfinished, file);
    }
  } catch {
    // A full disk, or a home that cannot be written: the next run compiles again.
  }
};

function forgetOtherBuilds(folder) {
  const [build] = basename(folder).split('-');
  for (const name of readdirSync(dirname(folder))) {
    if (!name.startsWith(`${build}-`))
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}
