import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A file for a JSON report beside the usual one; continuous integration sums it up. */
const report = process.env['NUBES_TEST_REPORT'];

/** They wait for processes most of their time, so they must not be the last to begin. */
const slow =
  /\/(twenty-kills|two-processes|install-certificate|connect\/background|real-jupyter|https\/check|storm|story|restart-errors|wait-until-ready|renew-token|sandbox\/vm)\.test/;

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) => slow.test(moduleId);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**', 'node_modules/**'],
    globalSetup: 'test/support/build-folder.ts',
    testTimeout: 15_000,
    // The first hook of a worker loads the whole program.
    hookTimeout: 30_000,
    pool: 'threads',
    // Nothing in src or test keeps state in a module that could change, so files may share what they load.
    isolate: false,
    // More than two processors have: many files wait for clocks and other processes.
    maxWorkers: 5,
    sequence: { sequencer: SlowFirst },
    reporters: report === undefined ? ['default'] : ['default', 'json'],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
});
