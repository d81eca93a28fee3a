/** Every form in which normalisations are read from ONNX files, likewise. */
import { describe, it } from 'vitest';
import { answer, expectClose, X } from './onnx-answers.js';
import type { Node, Parts } from './onnx-craft.js';

const vector = (...values: number[]): [number[], number[]] => [[values.length], values];
const STATISTICS = { g: vector(2, 0.5), b: vector(0.25, -1), m: vector(0.1, -0.2), v: vector(0.5, 2) };
const mean = [0, 2].map((at) => (X[at] + X[at + 1]) / 2);
const variance = [0, 2].map((at, row) => ((X[at] - mean[row]) ** 2 + (X[at + 1] - mean[row]) ** 2) / 2);
const normal = (epsilon: number) => X.map((x, i) => (x - mean[i >> 1]) / Math.sqrt(variance[i >> 1] + epsilon));
const spelled: Node[] = [
  ['ReduceMean', ['x'], 'm', { axes: [-1] }],
  ['Sub', ['x', 'm'], 'c'],
  ['Pow', ['c', 'two'], 's'],
  ['ReduceMean', ['s'], 'v', { axes: [1], keepdims: 1 }],
  ['Add', ['v', 'eps'], 'u'],
  ['Sqrt', ['u'], 'r'],
  ['Div', ['c', 'r'], 'n'],
];
const SPELLED = { two: [[], [2]] as [number[], number[]], eps: [[], [0.01]] as [number[], number[]], g: STATISTICS.g, b: STATISTICS.b };
const scaled = normal(0.01).map((x, i) => x * STATISTICS.g[1][i % 2]);
const shifted = scaled.map((x, i) => x + STATISTICS.b[1][i % 2]);

const NORMALISATIONS: readonly [title: string, parts: Parts, wanted: number[]][] = [
  [
    'BatchNormalization',
    { nodes: [['BatchNormalization', ['x', 'g', 'b', 'm', 'v'], 'y', { epsilon: 0.25 }]], initializers: STATISTICS },
    X.map(
      (x, i) => ((x - STATISTICS.m[1][i % 2]) / Math.sqrt(STATISTICS.v[1][i % 2] + 0.25)) * STATISTICS.g[1][i % 2] + STATISTICS.b[1][i % 2],
    ),
  ],
  [
    'BatchNormalization before operator set 9',
    { nodes: [['BatchNormalization', ['x', 'g', 'b', 'm', 'v'], 'y', { epsilon: 0.25, spatial: 1 }]], initializers: STATISTICS, opset: 8 },
    X.map(
      (x, i) => ((x - STATISTICS.m[1][i % 2]) / Math.sqrt(STATISTICS.v[1][i % 2] + 0.25)) * STATISTICS.g[1][i % 2] + STATISTICS.b[1][i % 2],
    ),
  ],
  ['LayerNormalization', { nodes: [['LayerNormalization', ['x', 'g', 'b'], 'y', { epsilon: 0.01 }]], initializers: STATISTICS }, shifted],
  [
    'LayerNormalization without a bias',
    { nodes: [['LayerNormalization', ['x', 'g'], 'y', { epsilon: 0.01, axis: 1 }]], initializers: STATISTICS },
    scaled,
  ],
  [
    'a layer normalisation spelled out',
    { nodes: [...spelled, ['Mul', ['n', 'g'], 'p'], ['Add', ['p', 'b'], 'y']], initializers: SPELLED },
    shifted,
  ],
  [
    'the same without gamma',
    { nodes: [...spelled, ['Add', ['n', 'b'], 'y']], initializers: SPELLED },
    normal(0.01).map((x, i) => x + STATISTICS.b[1][i % 2]),
  ],
  ['the same without beta', { nodes: [...spelled, ['Mul', ['g', 'n'], 'y']], initializers: SPELLED }, scaled],
  ['the same with nothing', { nodes: [...spelled, ['Identity', ['n'], 'y']], initializers: SPELLED }, normal(0.01)],
  [
    'the same, squared by a product',
    {
      nodes: spelled.map((step): Node => (step[0] === 'Pow' ? ['Mul', ['c', 'c'], 's'] : step)).concat([['Identity', ['n'], 'y']]),
      initializers: SPELLED,
    },
    normal(0.01),
  ],
];

describe('normalisations', () => {
  it.each(NORMALISATIONS)('%s', (_, parts, wanted) => expectClose(answer(parts), wanted));

  it('over a sample of more dimensions', () => {
    const initializers = {
      g: [
        [1, 2],
        [2, 0.5],
      ] as [number[], number[]],
      b: [
        [1, 2],
        [0.25, -1],
      ] as [number[], number[]],
    };
    expectClose(
      answer({ nodes: [['LayerNormalization', ['x', 'g', 'b'], 'y', { epsilon: 0.01, axis: 1 }]], initializers, input: ['n', 1, 2] }),
      shifted,
    );
  });
});
