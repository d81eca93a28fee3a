/** The checks of this folder, which need its own install: `npm run test:interop`. */
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/interop/*.check.ts'], testTimeout: 60_000 } });
