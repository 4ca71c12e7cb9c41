import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// Every engine a test starts computes with one thread, so two files at a time are what two cores bear.
const project = (name: string, include: string): TestProjectInlineConfiguration => ({
  extends: true,
  test: { name, include: [include] },
});

export default defineConfig({
  test: {
    globalSetup: ['test/sidecar/globalBuild.ts'],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A busy machine takes its time; what never comes is waited for no longer than this.
    expect: { poll: { timeout: 20_000 } },
    // The second needs real models, the third other platforms' packages: npm test -- --only real,platforms.
    projects: [
      project('unit', 'test/{unit,engine,sidecar}/**/*.test.ts'),
      project('real', 'test/real/**/*.test.ts'),
      project('platforms', 'test/platforms/**/*.test.ts'),
    ],
  },
});
