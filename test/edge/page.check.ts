/** The function on the page about the edge, in workerd, bundled by the rule that stands below it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dense, Network } from '../../src/index.js';
import { blockWith } from '../support/blocks.js';
import { bundle, open, type Worker } from './worker.js';

const PAGE = 'docs/edge.md';
// Inside of the package, which so finds itself by its name.
const folder = mkdtempSync(new URL('../../dist/edge-page-', import.meta.url).pathname);
const network = new Network({ inputs: 2, layers: [dense(8, { activation: 'tanh' }), dense(3, { activation: 'softmax' })], seed: 1 });
let worker: Worker;

beforeAll(async () => {
  const config = JSON.parse(blockWith(PAGE, 'json', '"main": "worker.js"'));
  expect(config).toEqual({ main: 'worker.js', rules: [{ type: 'Data', globs: ['**/*.safetensors'] }] });
  mkdirSync(join(folder, 'source'));
  writeFileSync(join(folder, 'source', config.main), blockWith(PAGE, 'ts', '// worker.js'));
  writeFileSync(join(folder, 'source', 'model.safetensors'), network.save());
  await bundle(join(folder, 'script'), join(folder, 'source', config.main));
  worker = await open(join(folder, 'script'));
});
afterAll(async () => {
  await worker?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('predicts', async () => {
  const rows = Array.from({ length: 50 }, (_, row) => [Math.sin(row) * 3, Math.cos(3 * row) * 3]);
  const expected = Array.from(network.predictClasses(rows));
  expect(new Set(expected).size).toBeGreaterThan(1);
  expect(await worker.post('/', { rows })).toEqual({ status: 200, json: { classes: expected } });
});

test('says what is wrong with rows', async () => {
  const error = 'predictClasses: x has 3 columns, but the network has 2 inputs';
  expect(await worker.post('/', { rows: [[1, 2, 3]] })).toEqual({ status: 400, json: { error } });
});
