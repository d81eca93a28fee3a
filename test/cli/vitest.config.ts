/** The slow checks of the command line: `npm run test:cli`. */
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/cli/*.check.ts'], testTimeout: 600_000 } });
