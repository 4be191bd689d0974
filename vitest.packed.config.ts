import { defineConfig } from 'vitest/config';

/** Every command of the packed and installed program, on the embedded cloud: `npm run test:packed`. */
export default defineConfig({
  test: {
    include: ['test/packed/**/*.test.ts'],
    // The rows of a file share a computer and a cloud.
    fileParallelism: false,
    pool: 'threads',
    testTimeout: 60_000,
    // Packing, installing, and downloading the runtime of the executable.
    hookTimeout: 300_000,
    reporters: ['verbose', 'json'],
    outputFile: { json: 'test/real/.artefacts/packed-report.json' },
  },
});
