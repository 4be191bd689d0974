// The standalone executable beside the npm build and other tools. Inside `sandbox run`, with ten notebooks.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileOf, hostTarget } from '../../scripts/targets.mjs';

const usage = fileURLToPath(new URL('usage.py', import.meta.url));
const built = fileURLToPath(new URL('../../dist/standalone', import.meta.url));

/** Of gh's version, of the npm build's CPU and memory for ls. */
const budgets = { words: 0.4, ls: 0.35, memory: 1.1 };

/** The path of the executable for this computer; undefined if none was built. */
export function executable() {
  const file = join(built, fileOf(hostTarget()));
  return existsSync(file) ? file : undefined;
}

/** `program` is the npm build's script. */
export function compareTheExecutable({ program, folder, environment, rounds, judge, lines }) {
  const own = executable();
  if (own === undefined) {
    lines.push('      no standalone executable was built: npm run build:standalone');
    return;
  }
  const calls = {
    version: [own, '--version'],
    help: [own, '--help'],
    completion: [own, 'completion', 'bash'],
    ls: [own, 'ls'],
    npmVersion: [process.execPath, program, '--version'],
    npmLs: [process.execPath, program, 'ls'],
    node: [process.execPath, '-e', '0'],
    gh: ['gh', '--version'],
    hcloud: ['hcloud', 'version'],
  };
  const present = Object.entries(calls).filter(
    ([, [file]]) => file.includes('/') || isOnPath(file),
  );
  const used = Object.fromEntries(present.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, argv] of present) used[name].push(run(argv, { folder, environment }));
  }
  const quartile = (name, what) =>
    used[name].map((each) => each[what]).toSorted((one, other) => one - other)[rounds >> 2];
  for (const [name, argv] of present) {
    const words = argv.map((word) => word.replace(/^.*\//, '')).join(' ');
    const [cpu, wall, memory] = ['cpu', 'wall', 'memory'].map((what) => quartile(name, what));
    lines.push(
      `      ${words.padEnd(42)} ${cpu.toFixed(1).padStart(6)} ms CPU ${wall.toFixed(1).padStart(7)} ms wall ${memory.toFixed(0).padStart(4)} MiB`,
    );
  }
  const ratio = (one, other, what = 'cpu') => quartile(one, what) / quartile(other, what);
  if ('gh' in used) {
    judge('executable --version: CPU of gh --version', ratio('version', 'gh'), budgets.words);
    judge('executable --help: CPU of gh --version', ratio('help', 'gh'), budgets.words);
    judge('executable completion: CPU of gh --version', ratio('completion', 'gh'), budgets.words);
  } else lines.push('      gh is not installed, so nothing is compared with it');
  judge('executable ls: CPU of ls of the npm build', ratio('ls', 'npmLs'), budgets.ls);
  judge('executable ls: memory of the npm build', ratio('ls', 'npmLs', 'memory'), budgets.memory);
}

function isOnPath(file) {
  return spawnSync('which', [file]).status === 0;
}

function run(argv, { folder, environment }) {
  const file = join(folder, 'usage-of-child.json');
  spawnSync('python3', [usage, file, ...argv], { env: environment, stdio: 'inherit' });
  const used = JSON.parse(readFileSync(file, 'utf8'));
  if (used.exitCode !== 0) throw new Error(`${argv.join(' ')} exited ${used.exitCode}`);
  return used;
}
