import { defineConfig } from 'vitest/config';

// Tests of dates must not depend on where and in which half of the year they run.
process.env.TZ = 'UTC';

export default defineConfig({
  define: { PAVE_VERSION: '"test"' },
  test: {
    include: ['test/**/*.test.ts'],
    // Time-outs end what hangs; they say nothing of speed.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Two at a time: real guests under software emulation share the cores with the tests.
    maxWorkers: 2,
    pool: 'forks',
  },
});
