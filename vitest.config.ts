import { defineConfig } from 'vitest/config';

/** A file for a JSON report beside the usual one; continuous integration sums it up. */
const report = process.env['NUBES_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**', 'node_modules/**'],
    testTimeout: 15_000,
    pool: 'threads',
    // Nothing in src or test keeps state in a module, so files may share what they load.
    isolate: false,
    maxWorkers: 3,
    reporters: report === undefined ? ['default'] : ['default', 'json'],
    ...(report === undefined ? {} : { outputFile: { json: report } }),
  },
});
