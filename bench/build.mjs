/** Builds the benchmarks: the limit kernel for both binaries, then everything as one module for Node. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';
import './limit/generate.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
mkdirSync('dist/bench', { recursive: true });
for (const binary of ['strict', 'relaxed']) {
  const options = ['bench/limit/limit.generated.ts', '--config', 'bench/limit/asconfig.json', '--target', binary];
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
