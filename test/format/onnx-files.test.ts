/** Files that PyTorch and converters for scikit-learn write, read back: the same outputs as those frameworks gave (made by test/onnx/make-files.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Network } from '../../src/index.js';
import { fromOnnx } from '../../src/onnx.js';
import { worstDifference } from '../onnx/difference.js';

const folder = new URL('onnx-files/', import.meta.url);
const expected: Record<string, { x: number[]; y: number[]; columns: number }> = JSON.parse(
  readFileSync(new URL('expected.json', folder), 'utf8'),
);

const ACTIVATIONS =
  'dense relu, dense leakyRelu, dense elu, dense selu, dense gelu, dense silu, dense sigmoid, dense tanh, dense softplus, dense softsign';
const CLASSIFIER = 'dense, batchNorm, activation relu, dense softmax';

/** What each file becomes: the types of its layers and their activations. */
const LAYERS: Readonly<Record<string, string>> = {
  'torch-classifier-9': CLASSIFIER,
  'torch-classifier-13': CLASSIFIER,
  'torch-classifier-17': CLASSIFIER,
  'torch-classifier-unfolded': CLASSIFIER,
  'torch-inputs-listed': CLASSIFIER,
  'torch-double': CLASSIFIER,
  'torch-fixed-batch': CLASSIFIER,
  'torch-activations': ACTIVATIONS,
  'torch-activations-9': ACTIVATIONS,
  'torch-layer-norm': 'dense, layerNorm, activation gelu, dense',
  'torch-layer-norm-spelled-out': 'dense, layerNorm, activation gelu, dense',
  'torch-no-bias': 'dense tanh, dense',
  'torch-matmul-add': 'dense tanh, dense',
  'torch-tied': 'dense relu, dense',
  'torch-flatten': 'dense relu, dense',
  'torch-reshape': 'dense',
  'torch-view': 'dense',
  'sklearn-classifier': 'dense tanh, dense tanh, dense softmax',
  'sklearn-half': 'dense tanh, dense tanh, dense softmax',
  'sklearn-binary': 'dense relu, dense sigmoid',
  'sklearn-regressor': 'dense sigmoid, dense',
};

/** The layers in the words of LAYERS. */
function layersOf(network: Network): string {
  const rows = network.summary().split('\n').slice(2, -1);
  const words = rows.map((row) =>
    row
      .replace(/\[rows, \d+\]/, '')
      .trim()
      .split(/ +/)
      .slice(1, -1),
  );
  return words.map((layer) => layer.filter((word) => word !== 'linear').join(' ')).join(', ');
}

describe('files of other frameworks', () => {
  it('each has an answer and a description', () => expect(Object.keys(expected).sort()).toEqual(Object.keys(LAYERS).sort()));

  it.each(Object.keys(LAYERS))('%s', (name) => {
    const network = fromOnnx(readFileSync(new URL(`${name}.onnx`, folder)));
    expect(layersOf(network)).toBe(LAYERS[name]);
    const { x, y, columns } = expected[name];
    const { data, ...shape } = network.predict(Float32Array.from(x));
    expect(shape).toEqual({ rows: 5, columns });
    expect(worstDifference(data, y)).toBeLessThanOrEqual(1e-5);
  });
});
