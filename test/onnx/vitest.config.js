import { defineConfig } from 'vitest/config';

/** Checks against ONNX Runtime and the ONNX project's own tools; run by `npm run test:onnx`, not with the other tests. */
export default defineConfig({
  test: { root: new URL('../../', import.meta.url).pathname, include: ['test/onnx/*.check.ts'], testTimeout: 300_000 },
});
