import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Of both projects; `integration` runs first, since its files take long and those of `unit` fill in the end. */
const everywhere = {
  setupFiles: ['test/support/leak-check.ts'],
  // Processes, not threads: tests start Workers, change the environment and count what is left open.
  pool: 'forks' as const,
  // Tests start servers by the dozen: the second and all later ones find their modules compiled.
  env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
  testTimeout: 60_000,
  hookTimeout: 60_000,
  teardownTimeout: 20_000,
  // What is awaited may have to wait for the cores too; Vitest's own second is for idle machines.
  expect: { poll: { timeout: 10_000 } },
};

export default defineConfig({
  test: {
    // Tests wait more than half of their time, for browsers, processes, and timers: more than twice as many as cores keep these busy.
    maxWorkers: Math.ceil(availableParallelism() * 2.5),
    projects: [
      {
        test: {
          ...everywhere,
          name: 'integration',
          // Browsers and processes on busy cores: what fails once runs once more, and is told as such.
          retry: 1,
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**'],
          globalSetup: ['test/support/postgres.ts'],
        },
      },
      {
        test: {
          ...everywhere,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // Many small files without servers of their own: loading the modules anew took longer than the tests.
          isolate: false,
        },
      },
    ],
  },
});
