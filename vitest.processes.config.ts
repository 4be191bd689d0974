import { defineConfig } from 'vitest/config';

/** What takes many processes or real time, on the embedded cloud: `npm run test:processes`. */
export default defineConfig({
  test: {
    include: ['test/processes/**/*.test.ts'],
    globalSetup: ['test/support/memory-folder.ts', 'test/support/build-folder.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['verbose', 'json'],
    outputFile: { json: 'test/real/.artefacts/processes-report.json' },
  },
});
