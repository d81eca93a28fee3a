import { defineConfig } from 'vitest/config';

/** The playground in browsers; run by `npm run test:playground`, not with the other tests. */
export default defineConfig({
  test: {
    root: new URL('../../', import.meta.url).pathname,
    include: ['test/playground/*.check.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    // One browser at a time.
    fileParallelism: false,
  },
});
