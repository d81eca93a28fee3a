// Files as Python sees them: read by a small reader that knows the safetensors specification alone (read.py), and by the
// safetensors library where there is one.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { floatToHalf, halfToFloat } from '../../src/format/half.js';
import { adam, batchNorm, dense, Network } from '../../src/index.js';
import { smallData, smallNetwork } from '../api/support.js';
import { sample } from './craft.js';

const reader = join(import.meta.dirname, 'read.py');
const has = (module: string): boolean => spawnSync('python3', ['-c', `import ${module}`]).status === 0;
const libraryCode = `
import sys, json, safetensors.numpy
print(json.dumps({name: data.tolist() for name, data in safetensors.numpy.load_file(sys.argv[1]).items()}))`;

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'gradlet-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function python(file: Uint8Array, script: readonly string[]) {
  const path = join(folder, 'model.safetensors');
  writeFileSync(path, file);
  const { stdout, stderr, status } = spawnSync('python3', [...script, path], { encoding: 'utf8', maxBuffer: 1 << 28 });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

function normalised(): Network {
  return new Network({ inputs: 3, layers: [dense(5, { activation: 'relu' }), batchNorm(), dense(2)], seed: 7 });
}

describe.skipIf(!has('numpy'))('read by the specification', () => {
  it('a file has every tensor, bit for bit, and its texts', () => {
    const network = normalised();
    network.metadata = { author: 'A. Turing', größe: '↔ "quoted"\n\u{1f9e0}' };
    const { metadata, tensors } = python(network.save(), [reader]);
    expect(metadata).toMatchObject({ ...network.metadata, format: 'gradlet', formatVersion: '2' });
    const found = Object.entries(tensors as Record<string, { dtype: string; shape: number[]; data: number[] }>);
    const expected = network.getWeights().map(({ name, shape, data }) => [name, { dtype: 'float32', shape, data: Array.from(data) }]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  it('a file of half precision has numpy.float16, and float32 for running statistics', () => {
    const network = normalised();
    const { tensors } = python(network.save({ dtype: 'float16' }), [reader]);
    for (const { name, shape, data } of network.getWeights()) {
      const running = name.includes('running');
      expect(tensors[name]).toEqual({
        dtype: running ? 'float32' : 'float16',
        shape,
        data: Array.from(data, (value) => (running ? value : halfToFloat(floatToHalf(value)))),
      });
    }
  });

  it('a file with a training state is one too', async () => {
    const network = smallNetwork();
    const { x, y } = smallData();
    await network.fit(x, y, { loss: 'meanSquaredError', optimizer: adam(), epochs: 2, batchSize: 3 });
    const { metadata, tensors } = python(network.save({ trainingState: true }), [reader]);
    expect(JSON.parse(metadata.training)).toMatchObject({ optimizer: expect.stringContaining('adam'), moments: 2 });
    expect(Object.keys(tensors)).toEqual(expect.arrayContaining(['layers.0.kernel', 'training.moments.1.layers.1.bias']));
  });
});

it.skipIf(!has('safetensors.numpy'))("is read by Python's safetensors", () => {
  expect(python(sample().file, ['-c', libraryCode])).toMatchObject({
    'layers.0.kernel': [
      [1.5, -2.25],
      [0.375, 4],
    ],
    'layers.1.bias': [0.125],
  });
});
