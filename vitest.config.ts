import preact from '@preact/preset-vite';
import { defineConfig } from 'vitest/config';

const anywhere = ['**/node_modules/**', 'build/**', 'data/**'];

/** Real servers on a busy machine: a test that needs longer than this hangs. */
const patience = { testTimeout: 60_000, hookTimeout: 90_000, expect: { poll: { timeout: 30_000, interval: 20 } } };

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        test: {
          name: 'rooms',
          include: ['**/*.test.ts', '.ci/**/*.test.ts'],
          exclude: [...anywhere, 'ui/**', 'tests/**'],
          globalSetup: ['actors/testing/global-setup.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          ...patience,
        },
      },
      {
        // As in the build: one Preact under every name, also for @xstate/react and what it brings.
        plugins: [preact({ prefreshEnabled: false, devToolsEnabled: false })],
        test: {
          server: {
            deps: { inline: [/@xstate\/react/, /use-sync-external-store/, /use-isomorphic-layout-effect/, /@testing-library\/preact/] },
          },
          name: 'ui',
          include: ['ui/**/*.test.{ts,tsx}'],
          exclude: anywhere,
          environment: 'happy-dom',
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          ...patience,
        },
      },
      {
        // Whole products over real processes, after everything else: two at a time, since each waits for its machines most of the time.
        test: {
          name: 'product',
          include: ['tests/**/*.test.ts'],
          exclude: anywhere,
          maxWorkers: 2,
          // Situations that wait for a machine; how many are gone through at once is up to the test.
          maxConcurrency: 200,
          sequence: { groupOrder: 1 },
          ...patience,
        },
      },
    ],
  },
});
