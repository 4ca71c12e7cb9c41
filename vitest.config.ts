import { defineConfig } from 'vitest/config';

// The engine spins threads; two suites at once on two cores make both many times slower.
export default defineConfig({
  test: {
    include: ['test/{unit,engine,sidecar}/**/*.test.ts'],
    globalSetup: ['test/sidecar/globalBuild.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
