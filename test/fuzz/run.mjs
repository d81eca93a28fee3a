// Fuzzes all readers: npm run test:fuzz [-- --inputs 1000000 --seed 1 --reader native --keep]. Inputs are shared out evenly.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const folder = import.meta.dirname;
process.chdir(join(folder, '..', '..'));
const bundle = join('dist', 'fuzz', 'fuzz.cjs');
const options = {
  inputs: { type: 'string', default: '1000000' },
  seed: { type: 'string', default: '1' },
  reader: { type: 'string', multiple: true },
  keep: { type: 'boolean', default: false },
};
const { values } = parseArgs({ options });
const common = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'warning' };
await build({ ...common, entryPoints: [join(folder, 'fuzz.ts')], outfile: bundle });
const names = join('dist', 'fuzz', 'readers.cjs');
await build({ ...common, entryPoints: [join(folder, 'readers.ts')], outfile: names });
const { READERS } = (await import(join(process.cwd(), names))).default;
const readers = values.reader ?? READERS.map(({ name }) => name);
for (const reader of readers) {
  const inputs = Math.ceil(Number(values.inputs) / readers.length);
  const task = { reader, inputs, seed: Number(values.seed), corpus: join(folder, 'corpus'), keep: values.keep };
  const { status } = spawnSync(process.execPath, [bundle, JSON.stringify(task)], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
