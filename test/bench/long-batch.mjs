// Five hundred notebooks in one `create`, beside a hundred: Nova is asked for both in lists, at most one a second.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logIn, openCloud } from './cloud.mjs';
import { builds, used } from './growth.mjs';

const pace = { bootMs: 3_000, readyMs: 1_000 };
const concurrency = 25;
const budgets = { lists: 1.1, growth: 1.15, memory: 120 };

export async function measureLongBatch({ folder, judge, lines }) {
  for (const [build, program] of Object.entries(builds())) {
    const cloud = await openCloud(pace);
    try {
      const environment = await logIn(cloud, join(folder, `long-batch-${build}`), builds().npm);
      const few = await createMany(cloud, { program, environment, folder, count: 100 });
      const many = await createMany(cloud, { program, environment, folder, count: 500 });
      const title = `create of 500, ${build}`;
      lines.push(
        `      ${title}: ${many.seconds.toFixed(0)} s, ${many.polls} polls, ${many.lists} of them lists, ${many.cpu.toFixed(0)} ms CPU; of 100: ${few.memory.toFixed(0)} MiB`,
      );
      judge(`${title}: lists a second`, many.lists / many.seconds, budgets.lists, { unit: '' });
      const growth = many.polls / many.seconds / (few.polls / few.seconds);
      judge(`${title}: polls a second, of those of 100`, growth, budgets.growth);
      judge(`${title}: peak memory`, many.memory, budgets.memory, { unit: 'MiB' });
    } finally {
      await cloud.close();
    }
  }
}

/** Through sh, because `used` gives its command no input. */
async function createMany(cloud, { program, environment, folder, count }) {
  const file = join(folder, 'names');
  const names = Array.from({ length: count }, (_, at) => `batch-${count}-${at + 1}`);
  writeFileSync(file, names.join('\n'));
  const before = cloud.requests.length;
  const words = ['create', '--from', '-', '--concurrency', String(concurrency), '-o', 'ndjson'];
  const line = 'names=$1; shift; exec "$@" < "$names"';
  const argv = ['/bin/sh', '-c', line, 'sh', file, ...program, ...words];
  const { cpu, memory, wall } = await used(argv, environment, folder);
  const asked = cloud.requests.slice(before);
  // Each notebook is made by one POST and its console is read once it is up; these are not polls.
  const polls = asked.filter(({ method, action }) => method === 'GET' && action === undefined);
  const lists = polls.filter(({ path }) => path.endsWith('/servers/detail'));
  return { cpu, memory, seconds: wall / 1_000, polls: polls.length, lists: lists.length };
}
