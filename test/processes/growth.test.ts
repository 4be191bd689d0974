import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Computer, startComputer } from '../packed/computer.ts';
import { codeBytesRun } from '../packed/installed.ts';
import { builtProgram } from '../support/build.ts';

/** What each command loads and requests, in this order, each after the others. */
const golden: Readonly<Record<string, Cost>> = JSON.parse(
  readFileSync('test/golden/growth.json', 'utf8'),
);

interface Cost {
  readonly kilobytes: number;
  readonly requests: readonly string[];
}

/** Of the kilobytes. Much less than the golden file says means that it is out of date. */
const tolerance = 0.03;

let computer: Computer;
beforeAll(async () => {
  const program = await builtProgram();
  computer = await startComputer(async (folder) => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    symlinkSync(program, join(bin, 'nubes-nb'));
    return { bin, root: dirname(dirname(program)) };
  });
  const input = computer.passwordOf('alice');
  const login = ['login', '--username', 'alice', '--password-stdin'];
  expect(await computer.nb(login, { input })).toMatchObject({ exitCode: 0 });
}, 60_000);
afterAll(() => computer?.close());

test.each(Object.entries(golden))('%s has not grown', async (words, before) => {
  const coverage = `${computer.coverage}-${words.replaceAll(/\W/g, '-')}`;
  const environment = { NODE_V8_COVERAGE: coverage };
  const { exitCode, stderr } = await computer.nb([...words.split(' '), '--debug'], { environment });
  expect(exitCode, stderr).toBe(0);
  const now: Cost = {
    kilobytes: Math.round(codeBytesRun(computer.installed, coverage) / 1000),
    requests: requestsIn(stderr),
  };
  expect(changesOf(words, before, now), `now: ${JSON.stringify({ [words]: now })}`).toEqual([]);
});

/** A sentence for each thing that has changed. */
function changesOf(words: string, before: Cost, now: Cost): string[] {
  const changes: string[] = [];
  const file = 'test/golden/growth.json';
  if (Math.abs(now.kilobytes - before.kilobytes) > before.kilobytes * tolerance + 1) {
    const verb = now.kilobytes > before.kilobytes ? 'more' : 'less';
    changes.push(
      `nubes-nb ${words} runs ${now.kilobytes} KB of code, ${verb} than the ${before.kilobytes} KB of ${file}.`,
    );
  }
  const [list, listBefore] = [now.requests, before.requests].map((each) => [...each].join(', '));
  if (list !== listBefore) {
    changes.push(
      `nubes-nb ${words} sends ${list || 'no request'}; ${file} has ${listBefore || 'none'}.`,
    );
  }
  return changes;
}

/** Sorted, as some are sent at once. */
function requestsIn(trace: string): string[] {
  return [...trace.matchAll(/^(GET|POST|PUT|PATCH|DELETE) http:\/\/[^/]+(\/[^ ?]*)/gm)]
    .map(
      ([, method, path = '']) =>
        `${method} ${path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}/g, 'ID')}`,
    )
    .sort();
}

/** Of `node -e 0` in the same rounds; the budgets of `npm run bench` and a third for other load. */
const maxRatios = isSlowToStart() ? { '--version': 1.45, ls: 2.1 } : { '--version': 2, ls: 3.8 };

/** Node 20 parses extra certificates at each start. */
function isSlowToStart(): boolean {
  return process.versions.node.startsWith('20.') && 'NODE_EXTRA_CA_CERTS' in process.env;
}

test.each(Object.entries(maxRatios))('the start of %s has not become slow', (words, maxRatio) => {
  const program = join(computer.installed.bin, 'nubes-nb');
  const bare: Measured = { argv: ['-e', '0'], cpuMs: [] };
  const ours: Measured = { argv: [program, ...words.split(' ')], cpuMs: [] };
  for (let round = 0; round < 12; round += 1) {
    for (const each of [bare, ours]) each.cpuMs.push(cpuMsOf(each.argv));
  }
  const ratio = lowerQuartile(ours.cpuMs) / lowerQuartile(bare.cpuMs);
  const grown = `nubes-nb ${words} takes ${ratio.toFixed(2)} times the CPU of node -e 0; at most ${maxRatio} is allowed.`;
  expect(ratio <= maxRatio ? '' : grown).toBe('');
});

interface Measured {
  readonly argv: readonly string[];
  readonly cpuMs: number[];
}

function cpuMsOf(argv: readonly string[]): number {
  const file = join(computer.home, 'usage.json');
  const { NODE_V8_COVERAGE, ...environment } = computer.environment;
  const { NODE_EXTRA_CA_CERTS } = process.env;
  const certificates = NODE_EXTRA_CA_CERTS === undefined ? {} : { NODE_EXTRA_CA_CERTS };
  const usage = join(process.cwd(), 'test/bench/usage.cjs');
  const { status, stderr } = spawnSync(process.execPath, ['--require', usage, ...argv], {
    env: { ...environment, ...certificates, NUBES_BENCH_USAGE: file },
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  const { userCPUTime, systemCPUTime } = JSON.parse(readFileSync(file, 'utf8'));
  return (userCPUTime + systemCPUTime) / 1000;
}

/** Other load only adds time. */
function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 2] ?? 0;
}
