import { defineConfig } from 'vitest/config';

/** Every command with every fault in each of its API calls, on the embedded cloud: `npm run test:faults`. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 900_000,
    hookTimeout: 60_000,
    reporters: ['verbose', 'json'],
    outputFile: { json: 'test/real/.artefacts/faults-report.json' },
  },
});
