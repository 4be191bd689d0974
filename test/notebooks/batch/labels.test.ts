import { describe, expect, test } from 'vitest';
import { createRequests, liveServers, unlimitedBench } from '../../support/cloud.ts';

const bench = await unlimitedBench();

describe('--label', () => {
  test('create --label writes metadata, which JSON shows and ls --label selects by', async () => {
    await bench.nb('create a b --label course=lpd --label year=2026 --no-wait -q');
    await bench.nb('create c --no-wait -q');
    const [first] = JSON.parse((await bench.nb('ls --json --label course=lpd')).stdout);
    expect(first.labels).toEqual({ course: 'lpd', year: '2026' });
    const named = async (words: string) => (await bench.nb(words)).stdout;
    expect(await named('ls -q --label course=lpd --label year=2026')).toBe('a\nb\n');
    expect(await named('ls -q --label course=lpd --label year=2025')).toBe('');
    expect(await named('ls -c name,labels --no-header')).toMatch(/a +course=lpd,year=2026 *\n/);
    expect((await bench.nb('show a')).stdout).toContain('Labels     course=lpd, year=2026');
    const server = liveServers(bench).find(({ name }) => name === 'nb-alice-a');
    expect(server?.metadata).toMatchObject({ 'nubes-nb:label:course': 'lpd' });
  });

  test.each(['create a', 'delete --yes', 'stop --yes', 'ls'])(
    '%s with the same label twice exits 2 without a request',
    async (verb) => {
      const before = bench.sandbox.cloud.requests.length;
      const { code, stderr } = await bench.nb(`${verb} --label k=1 --label x=1 --label k=2`);
      expect(stderr).toContain("error: The label 'k' is given twice.\nhint: ");
      expect(code).toBe(2);
      expect(bench.sandbox.cloud.requests).toHaveLength(before);
    },
  );

  test('create with an invalid label exits 2', async () => {
    const { code, stderr } = await bench.nb(['create', 'a', '--label', 'a b=c']);
    expect(stderr).toContain('error: The label');
    expect(code).toBe(2);
    expect(createRequests(bench)).toEqual([]);
  });
});
