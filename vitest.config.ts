import { defineConfig } from 'vitest/config';

// Every engine a test starts computes with one thread, so two files at a time are what two cores bear.
export default defineConfig({
  test: {
    include: ['test/{unit,engine,sidecar}/**/*.test.ts'],
    globalSetup: ['test/sidecar/globalBuild.ts'],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
