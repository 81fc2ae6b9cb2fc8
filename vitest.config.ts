import { defineConfig, type ViteUserConfig } from 'vitest/config';

const UNIT_TIMEOUT_MS = 30_000; // generous: two cores, and nothing asserts on time
const INTEROP_TIMEOUT_MS = 180_000; // starts real programs
const E2E_TIMEOUT_MS = 300_000; // starts a whole control plane

// Our own name resolves through package.json exports, which point at the sources here (hack/build.ts).
const config: ViteUserConfig = defineConfig({
  test: {
    reporters: ['default'],
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'lib/**/*.test.ts',
            'functions/**/*.test.ts',
            'blueprints/**/*.test.ts',
            'hack/**/*.test.ts',
            'test/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', 'test/interop/**', 'test/e2e/**', 'test/fixtures/**'],
          testTimeout: UNIT_TIMEOUT_MS,
          hookTimeout: UNIT_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          testTimeout: INTEROP_TIMEOUT_MS,
          hookTimeout: INTEROP_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: E2E_TIMEOUT_MS,
          hookTimeout: E2E_TIMEOUT_MS,
          // Each file starts a control plane of its own; two at once would only be slower.
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
    ],
  },
});

export default config;
