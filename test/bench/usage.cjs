// Preloaded into every measured Node process: leaves what the process used in a file.
const { writeFileSync } = require('node:fs');
process.on('exit', () => {
  writeFileSync(process.env.NUBES_BENCH_USAGE, JSON.stringify(process.resourceUsage()));
});
