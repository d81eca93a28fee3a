/** Every form in which dense layers are read from ONNX files; numbers are checked against formulas written out here. */
import { describe, expect, it } from 'vitest';
import { fromOnnx } from '../../src/onnx.js';
import { answer, expectClose, W, X } from './onnx-answers.js';
import { craft, type Parts, value } from './onnx-craft.js';

const WT: [number[], number[]] = [
  [3, 2],
  [1, -4, 2, -5, 3, 6],
];
const B: [number[], number[]] = [[3], [0.5, -0.25, 1]];

/** x · W, times alpha, plus a row times beta. */
function affine(alpha: number, bias: readonly number[], beta = 1, x: readonly number[] = X): number[] {
  return [0, 2].flatMap((at) => [0, 1, 2].map((unit) => alpha * (x[at] * W[1][unit] + x[at + 1] * W[1][3 + unit]) + beta * bias[unit]));
}

const NONE = [0, 0, 0];

const DENSE: readonly [title: string, parts: Parts, wanted: number[]][] = [
  ['Gemm', { nodes: [['Gemm', ['x', 'w', 'b'], 'y']], initializers: { w: W, b: B } }, affine(1, B[1])],
  [
    'Gemm with a transposed kernel',
    { nodes: [['Gemm', ['x', 'w', 'b'], 'y', { transB: 1 }]], initializers: { w: WT, b: B } },
    affine(1, B[1]),
  ],
  [
    'Gemm with alpha and beta',
    { nodes: [['Gemm', ['x', 'w', 'b'], 'y', { transB: 1, alpha: 0.3, beta: -2 }]], initializers: { w: WT, b: B } },
    affine(Math.fround(0.3), B[1], -2),
  ],
  ['Gemm without a bias', { nodes: [['Gemm', ['x', 'w'], 'y']], initializers: { w: W } }, affine(1, NONE)],
  ['Gemm with a bias of no name', { nodes: [['Gemm', ['x', 'w', ''], 'y']], initializers: { w: W } }, affine(1, NONE)],
  [
    'Gemm with a bias [1, columns]',
    { nodes: [['Gemm', ['x', 'w', 'b'], 'y']], initializers: { w: W, b: [[1, 3], B[1]] } },
    affine(1, B[1]),
  ],
  [
    'Gemm with one number as bias',
    { nodes: [['Gemm', ['x', 'w', 'b'], 'y']], initializers: { w: W, b: [[], [0.75]] } },
    affine(1, [0.75, 0.75, 0.75]),
  ],
  [
    'Gemm before operator set 7',
    { nodes: [['Gemm', ['x', 'w', 'b'], 'y', { broadcast: 1 }]], initializers: { w: W, b: B }, opset: 6 },
    affine(1, B[1]),
  ],
  ['MatMul', { nodes: [['MatMul', ['x', 'w'], 'y']], initializers: { w: W } }, affine(1, NONE)],
  [
    'MatMul and Add',
    {
      nodes: [
        ['MatMul', ['x', 'w'], 's'],
        ['Add', ['s', 'b'], 'y'],
      ],
      initializers: { w: W, b: B },
    },
    affine(1, B[1]),
  ],
  [
    'MatMul and Add, the bias first',
    {
      nodes: [
        ['MatMul', ['x', 'w'], 's'],
        ['Add', ['b', 's'], 'y'],
      ],
      initializers: { w: W, b: [[1, 3], B[1]] },
    },
    affine(1, B[1]),
  ],
  [
    'a kernel by Transpose',
    {
      nodes: [
        ['Transpose', ['w'], 'v'],
        ['MatMul', ['x', 'v'], 'y'],
      ],
      initializers: { w: WT },
    },
    affine(1, NONE),
  ],
  [
    'a kernel by Transpose with an order',
    {
      nodes: [
        ['Transpose', ['w'], 'v', { perm: [1, 0] }],
        ['Gemm', ['x', 'v'], 'y'],
      ],
      initializers: { w: WT },
    },
    affine(1, NONE),
  ],
  [
    'a kernel transposed twice',
    {
      nodes: [
        ['Transpose', ['w'], 'v'],
        ['Gemm', ['x', 'v'], 'y', { transB: 1 }],
      ],
      initializers: { w: W },
    },
    affine(1, NONE),
  ],
  [
    'a kernel through Identity and Cast',
    {
      nodes: [
        ['Identity', ['w'], 'v'],
        ['Cast', ['v'], 'u', { to: 1 }],
        ['MatMul', ['x', 'u'], 'y'],
      ],
      initializers: { w: W },
    },
    affine(1, NONE),
  ],
  [
    'a kernel by Constant',
    {
      nodes: [
        ['Constant', [], 'w', { value: { dims: [2, 3], dataType: 11, doubleData: [new Uint8Array(Float64Array.from(W[1]).buffer)] } }],
        ['MatMul', ['x', 'w'], 'y'],
      ],
    },
    affine(1, NONE),
  ],
  [
    'initializers listed as inputs',
    {
      nodes: [['Gemm', ['x', 'w', 'b'], 'y']],
      initializers: { w: W, b: B },
      graph: { input: [value('w', [2, 3]), value('x', ['n', 2]), value('b', [3])] },
    },
    affine(1, B[1]),
  ],
  [
    'an input whose width is not said',
    {
      nodes: [
        ['Relu', ['x'], 'x1'],
        ['MatMul', ['x1', 'w'], 'y'],
      ],
      initializers: { w: W },
      input: ['n', 'columns'],
    },
    affine(
      1,
      NONE,
      1,
      X.map((x) => Math.max(0, x)),
    ),
  ],
  [
    'an input without a type',
    { nodes: [['MatMul', ['x', 'w'], 'y']], initializers: { w: W }, graph: { input: [{ name: 'x' }] } },
    affine(1, NONE),
  ],
  [
    'an input without a batch dimension',
    {
      nodes: [
        ['MatMul', ['x', 'w'], 's'],
        ['Add', ['s', 'b'], 'y'],
      ],
      initializers: { w: W, b: B },
      input: [2],
    },
    affine(1, B[1]),
  ],
  [
    'an input with a fixed batch',
    { nodes: [['Gemm', ['x', 'w', 'b'], 'y']], initializers: { w: W, b: B }, input: [1, 2] },
    affine(1, B[1]),
  ],
];

describe('dense layers', () => {
  it.each(DENSE)('%s', (_, parts, wanted) => expectClose(answer(parts), wanted));

  it('share an initializer', () => {
    const square: [number[], number[]] = [
      [2, 2],
      [1, 2, 3, 4],
    ];
    const network = fromOnnx(
      craft({
        nodes: [
          ['MatMul', ['x', 'w'], 's'],
          ['MatMul', ['s', 'w'], 'y'],
        ],
        initializers: { w: square },
      }),
    );
    expect([...network.predict([1, 0]).data]).toEqual([7, 10]);
  });
});
