// Writes what growth.mjs has measured into docs/performance.md, between its marks, and the curves beside it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { drawCurves } from './curves.mjs';

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
const folder = fileURLToPath(new URL('../../docs/performance', import.meta.url));
const parts = /(<!-- measured -->\n)[\s\S]*(<!-- end -->)/;
const buildNames = { npm: 'npm', standalone: 'executable' };

export function writePage(rows) {
  mkdirSync(folder, { recursive: true });
  for (const [name, chart] of Object.entries(chartsOf(rows))) {
    writeFileSync(`${folder}/${name}.svg`, drawCurves(chart));
  }
  const measured = `\n${machine()}\n\n${tableOf(rows)}\n\n`;
  const text = readFileSync(page, 'utf8');
  if (!parts.test(text)) throw new Error('docs/performance.md has no marks');
  writeFileSync(page, text.replace(parts, `$1${measured}$2`));
}

function chartsOf(rows) {
  const names = Object.keys(buildNames).filter((name) => name in rows[0]);
  const alone = rows.filter(({ strangers }) => strangers === 0);
  const by = (label, value) =>
    names.map((name) => ({
      name: `${label}, ${buildNames[name]}`,
      points: alone.map((row) => [row.own, value(row[name])]),
    }));
  const own = { xTitle: 'own notebooks' };
  const counts = [...new Set(rows.map((row) => row.own))].reverse();
  return {
    cpu: {
      ...{ title: 'CPU of one list, ms', ...own },
      curves: [...by('ls', ({ cpu }) => cpu), ...by('NDJSON', ({ ndjsonCpu }) => ndjsonCpu)],
    },
    memory: {
      ...{ title: 'Peak memory of one list, MiB', ...own },
      budget: { name: 'budget: 120 MiB', y: 120 },
      curves: [
        ...by('ls', ({ memory }) => memory),
        ...by('NDJSON', ({ ndjsonMemory }) => ndjsonMemory),
      ],
    },
    'first-row': {
      ...{ title: 'ls -o ndjson: time to the first and to the last row, ms', ...own },
      curves: [...by('first', ({ firstMs }) => firstMs), ...by('last', ({ lastMs }) => lastMs)],
    },
    strangers: {
      title: 'Bytes that one ls receives, KiB',
      xTitle: 'VMs of other users in the project',
      curves: counts.map((count) => ({
        name: `${count.toLocaleString('en-GB')} own`,
        points: rows
          .filter((row) => row.own === count)
          .map(({ strangers, bytes }) => [strangers, bytes / 1024]),
      })),
    },
  };
}

function machine() {
  const { model } = cpus()[0];
  const memory = Math.round(totalmem() / 1024 ** 3);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, on ${cpus().length} cores of ${model}, ${memory} GiB, Linux ${release().split('-')[0]}, Node ${process.versions.node}.`;
}

function tableOf(rows) {
  const head = [
    ...['own', 'others', 'requests', 'KiB', 'build', 'CPU of `ls`', 'memory'],
    ...['CPU of NDJSON', 'memory', 'first row', 'last row'],
  ];
  const lines = rows.flatMap((row) =>
    Object.entries(buildNames)
      .filter(([name]) => name in row)
      .map(([name, title]) => {
        const { cpu, memory, ndjsonCpu, ndjsonMemory, firstMs, lastMs } = row[name];
        const measured = [cpu, memory, ndjsonCpu, ndjsonMemory, firstMs, lastMs];
        const kib = Math.round(row.bytes / 1024);
        const what = [row.own, row.strangers, row.requests, kib, title];
        return [...what, ...measured.map(Math.round)];
      }),
  );
  const text = (cells) => `| ${cells.map((each) => each.toLocaleString('en-GB')).join(' | ')} |`;
  return [text(head), text(head.map(() => '---:')), ...lines.map(text)].join('\n');
}
