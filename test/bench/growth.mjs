// How the cost of a list grows with the user's notebooks and with the VMs of other users in the same project.
// `node test/bench/growth.mjs --write` measures it alone and writes docs/performance.md and its curves.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addNotebooks, ended, logIn, openCloud } from './cloud.mjs';
import { executable } from './standalone.mjs';

const usage = fileURLToPath(new URL('usage.py', import.meta.url));
const script = fileURLToPath(new URL('../../bin/nubes-nb.js', import.meta.url));
const python = '/usr/bin/python3';

export const owned = [10, 100, 1_000, 5_000];
export const others = [0, 5_000, 50_000];
const rounds = Number(process.env.NUBES_BENCH_GROWTH_ROUNDS ?? 3);
const budgets = { rowMs: 0.25, memory: 120 };

/** The builds to measure, as users start them; the executable only if there is one. */
export function builds() {
  const own = executable();
  const [, words = ''] = /^#!.*? node (.*)\n/.exec(readFileSync(script, 'utf8')) ?? [];
  return {
    npm: [process.execPath, ...words.split(' '), script],
    ...(own === undefined ? {} : { standalone: [own] }),
  };
}

/** A row for each number of notebooks and of other users' VMs. */
export async function measureGrowth() {
  const folder = mkdtempSync(join(tmpdir(), 'nubes-nb-growth-'));
  const rows = [];
  try {
    for (const own of owned) rows.push(...(await withOwn(own, join(folder, String(own)))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

async function withOwn(own, home) {
  const cloud = await openCloud();
  const rows = [];
  try {
    addNotebooks(cloud, 'alice', own);
    const environment = await logIn(cloud, home, builds().npm);
    let strangers = 0;
    for (const count of others) {
      addNotebooks(cloud, 'bob', count - strangers, strangers);
      strangers = count;
      const before = cloud.requests.length;
      await ended([...builds().npm, 'ls'], environment);
      const asked = cloud.requests.slice(before);
      const bytes = asked.reduce((sum, reply) => sum + reply.bytes, 0);
      const row = { own, strangers, requests: asked.length, bytes };
      for (const [name, program] of Object.entries(builds())) {
        row[name] = await measureBuild(program, environment, home);
      }
      rows.push(row);
    }
  } finally {
    await cloud.close();
  }
  return rows;
}

/** The least of each: other load only adds. Memory varies by chance, so of that the median. */
async function measureBuild(program, environment, home) {
  const tables = [];
  const lines = [];
  const streams = [];
  for (let round = 0; round < rounds; round += 1) {
    tables.push(await used([...program, 'ls'], environment, home));
    lines.push(await used([...program, 'ls', '-o', 'ndjson'], environment, home));
    streams.push(await ended([...program, 'ls', '-o', 'ndjson'], environment));
  }
  const least = (all, what) => Math.min(...all.map((each) => each[what]));
  const middle = (all) =>
    all.map(({ memory }) => memory).toSorted((a, b) => a - b)[all.length >> 1];
  return {
    cpu: least(tables, 'cpu'),
    memory: middle(tables),
    ndjsonCpu: least(lines, 'cpu'),
    ndjsonMemory: middle(lines),
    firstMs: least(streams, 'firstMs'),
    lastMs: least(streams, 'wallMs'),
  };
}

/** CPU and memory of the program alone, as the kernel counts them for the child. */
export async function used(argv, environment, folder) {
  const file = join(folder, 'usage.json');
  await ended([python, usage, file, ...argv], environment);
  const seen = JSON.parse(readFileSync(file, 'utf8'));
  if (seen.exitCode !== 0) throw new Error(`${argv.join(' ')} exited ${seen.exitCode}`);
  return seen;
}

export function judgeGrowth(rows, { judge, lines }) {
  for (const row of rows) lines.push(`      ${textOf(row)}`);
  const at = (own, strangers) => rows.find((row) => row.own === own && row.strangers === strangers);
  const [few, many] = [owned[0], owned.at(-1)];
  const [alone, crowded] = [others[0], others.at(-1)];
  for (const what of ['requests', 'bytes']) {
    const grown = Math.max(...owned.map((own) => at(own, crowded)[what] / at(own, alone)[what]));
    judge(`ls among ${crowded} VMs of others: ${what}`, grown, 1);
  }
  for (const name of Object.keys(builds())) {
    const most = at(many, alone)[name];
    for (const [words, cpu, memory] of [
      ['ls', 'cpu', 'memory'],
      ['ls -o ndjson', 'ndjsonCpu', 'ndjsonMemory'],
    ]) {
      const perRow = (most[cpu] - at(few, alone)[name][cpu]) / (many - few);
      const title = `${words} of ${many}, ${name}`;
      judge(`${title}: CPU of a row`, perRow, budgets.rowMs, { unit: 'ms' });
      judge(`${title}: peak memory`, most[memory], budgets.memory, { unit: 'MiB' });
    }
  }
}

function textOf({ own, strangers, requests, bytes, ...measured }) {
  const each = Object.entries(measured).map(
    ([name, { cpu, memory, firstMs, lastMs }]) =>
      `${name} ${cpu.toFixed(0)} ms CPU, ${memory.toFixed(0)} MiB, NDJSON ${firstMs.toFixed(0)} to ${lastMs.toFixed(0)} ms`,
  );
  return `${own} own, ${strangers} others: ${requests} requests, ${(bytes / 1024).toFixed(0)} KiB; ${each.join('; ')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = await measureGrowth();
  const lines = [];
  judgeGrowth(rows, {
    lines,
    judge: (what, value, budget, { unit = '×' } = {}) => {
      const verdict = value <= budget ? 'ok  ' : 'OVER';
      lines.push(`${verdict}  ${what} ${value.toFixed(2)} ${unit} (at most ${budget})`);
    },
  });
  console.log(lines.join('\n'));
  if (process.argv.includes('--write')) {
    const { writePage } = await import('./growth-page.mjs');
    writePage(rows);
  }
}
