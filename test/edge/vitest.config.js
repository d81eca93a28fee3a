import { defineConfig } from 'vitest/config';

/** The edge example inside workerd; run by `npm run test:edge`, not with the other tests. */
export default defineConfig({
  test: { root: new URL('../../', import.meta.url).pathname, include: ['test/edge/*.check.ts'], testTimeout: 60_000 },
});
