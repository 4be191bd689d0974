import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { liveServers, unlimitedBench } from '../../support/cloud.ts';
import { namesOf } from '../../support/items.ts';
import { addNotebook } from '../../support/workbench.ts';

const bench = await unlimitedBench();

test('create finishes if the reader of its stdout exits', async () => {
  let lines = 0;
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => {
      lines += 1;
      done(lines > 1 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null);
    },
  });
  const seen = await bench.nb(['create', ...namesOf(6), '-o', 'ndjson'], { stdout });
  expect(seen.code).toBe(0);
  expect(liveServers(bench)).toHaveLength(6);
  const journal = readFileSync(join(bench.stateFolder, 'journal.ndjson'), 'utf8');
  expect(journal.match(/"event":"created"/g)).toHaveLength(6);
});

describe('a stdout that cannot be written', () => {
  const full = (from: number) => {
    let lines = 0;
    return new Writable({
      write: (_chunk, _encoding, done) => {
        lines += 1;
        done(lines > from ? Object.assign(new Error('full'), { code: 'ENOSPC' }) : null);
      },
    });
  };
  const created = () =>
    readFileSync(join(bench.stateFolder, 'journal.ndjson'), 'utf8').match(/"event":"created"/g);

  test.each(['-o ndjson', '-q', ''])(
    'create %s finishes if the disk is full, prints the summary and exits 11',
    async (form) => {
      const words = ['create', ...namesOf(6), '--concurrency', '2', ...form.split(' ')];
      const seen = await bench.nb(
        words.filter((word) => word !== ''),
        { stdout: full(1) },
      );
      expect(liveServers(bench)).toHaveLength(6);
      expect(liveServers(bench).map(({ status }) => status)).toEqual(Array(6).fill('ACTIVE'));
      expect(created()).toHaveLength(6);
      expect(seen.stderr).toMatch(
        /error: 6 created in .*, but not all results were printed\. Cannot write the output: the disk is full\.\nhint: nubes-nb ls/,
      );
      expect(seen.code).toBe(11);
    },
  );

  test('create exits 10 with a warning if the disk is full and a notebook failed', async () => {
    addNotebook(bench, 'a');
    const seen = await bench.nb('create a b -o ndjson', { stdout: full(0) });
    expect(seen.stderr).toContain('warning: Cannot write the output: the disk is full.');
    expect(seen.stderr).toContain('error: 1 of 2 done; refused: a.');
    expect(seen.code).toBe(10);
  });
});
