// What reading large and misleading inputs costs: each has 4 MB and is read in a process whose heap has room for four times that, the
// input itself, and what Node needs (24 MB).

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const HEAP = 4 * 4 + 24;

const folder = mkdtempSync(join(tmpdir(), 'gradlet-'));
const script = join(folder, 'memory.cjs');
beforeAll(async () => {
  const entryPoints = [join(import.meta.dirname, 'memory.ts')];
  await build({ entryPoints, outfile: script, bundle: true, platform: 'node', format: 'cjs', logLevel: 'warning' });
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['a header of many empty arrays', /1333336 objects and arrays or more in so short a text/],
  ['a header of many small objects', /objects and arrays or more in so short a text/],
  ['a header of many tensors without numbers', /format undefined/],
  ['a header of one long shape', /needs 4 bytes, but has 0/],
  ['a header of nothing but braces', /more than 3 objects and arrays inside each other/],
  ['metadata of many names', /format undefined/],
  ['JSON of many empty arrays', /1333336 objects and arrays or more in so short a text/],
  ['JSON of one long list of numbers', /description of its network is no JSON object/],
  ['JSON of many layers', /95238 layers, but at most 10000 are read; raise maximumLayers/],
])('%s', { timeout: 60_000 }, (name, reason) => {
  const flags = [`--max-old-space-size=${HEAP}`, '--max-semi-space-size=1'];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, script, name], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^ERR_FORMAT/);
  expect(stdout).toMatch(reason);
});
