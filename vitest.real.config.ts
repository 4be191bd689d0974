import { env } from 'node:process';
import { defineConfig } from 'vitest/config';

/** Everything that runs against real services; `npm run test:real` prepares them. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    globalSetup: ['test/real/support/prerequisites.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    slowTestThreshold: 30_000,
    reporters: ['verbose', 'json', 'junit'],
    outputFile: {
      json: env['NUBES_TEST_REPORT'] ?? 'test/real/.artefacts/report.json',
      junit: 'test/real/.artefacts/junit.xml',
    },
  },
});
