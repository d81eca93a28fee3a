import { defineConfig } from 'vitest/config';

/** The documentation's site in browsers; run by `npm run test:docs`, not with the other tests. */
export default defineConfig({
  test: {
    root: new URL('../../', import.meta.url).pathname,
    include: ['test/docs/*.check.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
