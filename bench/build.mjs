/** Builds the benchmarks: the limit kernels, then everything as one module for Node. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';
import './limit/generate.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
mkdirSync('dist/bench', { recursive: true });
const LIMITS = { strict: ['limit', 'strict'], relaxed: ['limit', 'relaxed'], wide: ['wide', 'relaxed'] };
for (const [binary, [source, target]] of Object.entries(LIMITS)) {
  const options = [`bench/limit/${source}.generated.ts`, '--config', 'bench/limit/asconfig.json', '--target', target];
  const { error, stderr } = await asc.main([...options, '--outFile', `dist/bench/limit.${binary}.wasm`]);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
}
await build({
  entryPoints: ['bench/main.ts'],
  outfile: 'dist/bench/main.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
});
