import { defineConfig } from 'vitest/config';

/** What runs OpenSSH, takes many processes or real time, on the embedded cloud: `npm run test:processes`. */
export default defineConfig({
  test: {
    include: ['test/processes/**/*.test.ts'],
    globalSetup: ['test/support/memory-folder.ts', 'test/support/build-folder.ts'],
    pool: 'forks',
    // No module of src or test has state that changes, so files may share what they load.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['verbose', 'json'],
    outputFile: { json: 'test/real/.artefacts/processes-report.json' },
  },
});
