import { defineConfig } from 'vitest/config';

/** Races and kills of many processes in real time, on the embedded cloud: `npm run test:stress`. */
export default defineConfig({
  test: {
    include: ['test/stress/**/*.test.ts'],
    globalSetup: 'test/support/build-folder.ts',
    pool: 'threads',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['verbose', 'json'],
    outputFile: { json: 'test/real/.artefacts/stress-report.json' },
  },
});
