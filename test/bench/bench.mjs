// Prints how the built program compares with a bare `node -e 0` in the same run, against the budgets.
// Inside `sandbox run`, so that there is a cloud and a session.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const { status } = spawnSync(
  process.execPath,
  [
    'bin/nubes-nb.js',
    'sandbox',
    'run',
    '--stand-in',
    '--',
    process.execPath,
    'test/bench/measures.mjs',
  ],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
