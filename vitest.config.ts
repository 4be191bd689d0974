import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A file for a JSON report in addition to the usual one, which continuous integration reads. */
const report = process.env['NUBES_TEST_REPORT'];

/** These wait in real time for most of theirs: last, they would run alone. */
const waiting = /\/(https\/probe|connect\/tunnel|wait-until-ready|program\/logout)\.test\.ts$/;

/** Otherwise the base class begins with the slowest of the last run, or else with the largest. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waits = ({ moduleId }: TestSpecification) => waiting.test(moduleId);
    return [...sorted.filter(waits), ...sorted.filter((file) => !waits(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/{faults,packed,processes,real}/**', 'node_modules/**'],
    globalSetup: 'test/support/memory-folder.ts',
    testTimeout: 15_000,
    // The first hook of a worker loads the whole program.
    hookTimeout: 30_000,
    // Starting a process takes a small one a third of the time that it takes one that holds all threads.
    pool: 'forks',
    // No module of src or test has state that changes, so files may share what they load.
    isolate: false,
    // One more than two processors have, as files wait for clocks and other processes. Each loads the whole program.
    maxWorkers: 3,
    // What Vite makes of a file is kept in node_modules for the next run.
    experimental: { fsModuleCache: true },
    sequence: { sequencer: WaitingFirst },
    reporters: report === undefined ? ['default'] : ['default', 'json'],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
});
