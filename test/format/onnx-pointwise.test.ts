/** Every form in which activations and other operators without parameters are read from ONNX files, likewise. */
import { describe, expect, it } from 'vitest';
import { fromOnnx } from '../../src/onnx.js';
import { answer, expectClose, layersOf, W, X } from './onnx-answers.js';
import { craft, type Node, type Parts } from './onnx-craft.js';

/** What erf must be for gelu: its values here, from tables (M. Abramowitz, I. Stegun, 7.1). */
const ERF: Readonly<Record<number, number>> = {
  0.5: 0.3829249225480262,
  '-1.5': -0.8663855974622838,
  2: 0.9544997361036416,
  0.25: 0.19741265136584729,
};
const gelu = X.map((x) => 0.5 * x * (1 + ERF[x]));
const silu = X.map((x) => x / (1 + Math.exp(-x)));
const ROOT: [number[], number[]] = [[], [Math.SQRT2]];
const GELU = {
  r: ROOT,
  i: [[], [Math.SQRT1_2]] as [number[], number[]],
  one: [[], [1]] as [number[], number[]],
  half: [[1], [0.5]] as [number[], number[]],
};
const gate: Node[] = [
  ['Div', ['x', 'r'], 'd'],
  ['Erf', ['d'], 'e'],
  ['Add', ['e', 'one'], 'g'],
];
const softmax = (a: number, b: number) => [1 / (1 + Math.exp(b - a)), 1 / (1 + Math.exp(a - b))];

const POINTWISE: readonly [title: string, parts: Parts, wanted: number[]][] = [
  ['Relu', { nodes: [['Relu', ['x'], 'y']] }, X.map((x) => Math.max(0, x))],
  ['LeakyRelu', { nodes: [['LeakyRelu', ['x'], 'y']] }, X.map((x) => (x > 0 ? x : 0.01 * x))],
  ['LeakyRelu of slope 0', { nodes: [['LeakyRelu', ['x'], 'y', { alpha: 0 }]] }, X.map((x) => Math.max(0, x))],
  ['LeakyRelu of slope 1', { nodes: [['LeakyRelu', ['x'], 'y', { alpha: 1 }]] }, X],
  ['Elu', { nodes: [['Elu', ['x'], 'y']] }, X.map((x) => (x > 0 ? x : Math.expm1(x)))],
  ['Elu of alpha 0', { nodes: [['Elu', ['x'], 'y', { alpha: 0 }]] }, X.map((x) => Math.max(0, x))],
  ['Selu', { nodes: [['Selu', ['x'], 'y']] }, X.map((x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)))],
  ['Sigmoid', { nodes: [['Sigmoid', ['x'], 'y']] }, X.map((x) => 1 / (1 + Math.exp(-x)))],
  ['Tanh', { nodes: [['Tanh', ['x'], 'y']] }, X.map(Math.tanh)],
  ['Softplus', { nodes: [['Softplus', ['x'], 'y']] }, X.map((x) => Math.log1p(Math.exp(x)))],
  ['Softsign', { nodes: [['Softsign', ['x'], 'y']] }, X.map((x) => x / (1 + Math.abs(x)))],
  [
    'Softsign spelled out',
    {
      nodes: [
        ['Abs', ['x'], 'a'],
        ['Add', ['a', 'one'], 's'],
        ['Div', ['x', 's'], 'y'],
      ],
      initializers: GELU,
    },
    X.map((x) => x / (1 + Math.abs(x))),
  ],
  ['Softmax', { nodes: [['Softmax', ['x'], 'y']] }, [...softmax(X[0], X[1]), ...softmax(X[2], X[3])]],
  ['Softmax over axis 1', { nodes: [['Softmax', ['x'], 'y', { axis: 1 }]] }, [...softmax(X[0], X[1]), ...softmax(X[2], X[3])]],
  ['Softmax before operator set 13', { nodes: [['Softmax', ['x'], 'y']], opset: 12 }, [...softmax(X[0], X[1]), ...softmax(X[2], X[3])]],
  ['Gelu', { nodes: [['Gelu', ['x'], 'y']], opset: 20 }, gelu],
  ['Gelu, exact', { nodes: [['Gelu', ['x'], 'y', { approximate: 'none' }]], opset: 20 }, gelu],
  ['gelu as PyTorch writes it', { nodes: [...gate, ['Mul', ['x', 'g'], 'p'], ['Mul', ['p', 'half'], 'y']], initializers: GELU }, gelu],
  ['gelu, halved first', { nodes: [...gate, ['Mul', ['half', 'x'], 'h'], ['Mul', ['g', 'h'], 'y']], initializers: GELU }, gelu],
  ['gelu, the gate halved', { nodes: [...gate, ['Mul', ['g', 'half'], 'h'], ['Mul', ['x', 'h'], 'y']], initializers: GELU }, gelu],
  [
    'gelu, halved by division',
    { nodes: [...gate, ['Mul', ['x', 'g'], 'p'], ['Div', ['p', 'two'], 'y']], initializers: { ...GELU, two: [[], [2]] } },
    gelu,
  ],
  [
    'gelu, multiplied by 1/√2',
    { nodes: [['Mul', ['x', 'i'], 'd'], ...gate.slice(1), ['Mul', ['g', 'x'], 'p'], ['Mul', ['p', 'half'], 'y']], initializers: GELU },
    gelu,
  ],
  [
    'gelu behind Identity',
    { nodes: [['Identity', ['x'], 'z'], ...gate, ['Mul', ['z', 'g'], 'p'], ['Mul', ['p', 'half'], 'y']], initializers: GELU },
    gelu,
  ],
  [
    'silu',
    {
      nodes: [
        ['Sigmoid', ['x'], 's'],
        ['Mul', ['x', 's'], 'y'],
      ],
    },
    silu,
  ],
  [
    'silu, the gate first',
    {
      nodes: [
        ['Sigmoid', ['x'], 's'],
        ['Mul', ['s', 'x'], 'y'],
      ],
    },
    silu,
  ],
  ['Identity', { nodes: [['Identity', ['x'], 'y']] }, X],
  ['Cast to floats', { nodes: [['Cast', ['x'], 'y', { to: 10 }]] }, X],
  ['Dropout', { nodes: [['Dropout', ['x', 'rate'], 'y', { seed: 7 }]], initializers: { rate: [[], [0.3]] } }, X],
  [
    'Dropout with training_mode false',
    { nodes: [['Dropout', ['x', '', 'no'], 'y']], initializers: { no: { dims: [], dataType: 9, int32Data: [Uint8Array.of(0)] } } },
    X,
  ],
  ['Dropout before operator set 12', { nodes: [['Dropout', ['x'], 'y', { ratio: 0.3 }]], opset: 11 }, X],
  ['Dropout before operator set 7', { nodes: [['Dropout', ['x'], 'y', { ratio: 0.3, is_test: 1 }]], opset: 6 }, X],
  ['Flatten', { nodes: [['Flatten', ['x'], 'y']] }, X],
  ['Flatten of more dimensions', { nodes: [['Flatten', ['x'], 'y', { axis: -2 }]], input: ['n', 1, 2] }, X],
  ['Flatten of a single sample', { nodes: [['Flatten', ['x'], 'y', { axis: 0 }]], input: [2] }, X],
  ...(
    [
      [-1, 2],
      [0, -1],
      [0, 2],
      [0, 0],
      [-1, 0],
    ] as number[][]
  ).map((shape): [string, Parts, number[]] => [
    `Reshape to [${shape.join(', ')}]`,
    {
      nodes: [['Reshape', ['x', 's'], 'y']],
      initializers: { s: { dims: [2], dataType: 7, rawData: new Uint8Array(BigInt64Array.from(shape.map(BigInt)).buffer) } },
    },
    X,
  ]),
  [
    'Reshape with a fixed batch',
    {
      nodes: [['Reshape', ['x', 's'], 'y']],
      input: [1, 2, 1],
      initializers: { s: { dims: [2], dataType: 6, rawData: Uint8Array.of(1, 0, 0, 0, 255, 255, 255, 255) } },
    },
    X,
  ],
];

describe('operators without parameters', () => {
  it.each(POINTWISE)('%s', (_, parts, wanted) => expectClose(answer(parts), wanted));

  it('keep the rate of dropout', () => {
    expect(layersOf(craft({ nodes: [['Dropout', ['x', 'rate'], 'y']], initializers: { rate: [[], [0.3]] } }))).toEqual([
      '0 dropout 2 rate 0.3',
    ]);
    expect(layersOf(craft({ nodes: [['Dropout', ['x'], 'y']] }))).toEqual(['0 dropout 2 rate 0.5']);
  });

  it('keep the shape of an image', () => {
    const network = fromOnnx(
      craft({
        nodes: [
          ['Relu', ['x'], 'r'],
          ['Flatten', ['r'], 'y'],
        ],
        input: ['n', 2, 3],
      }),
    );
    expect(network.predict([1, -2, 3, -4, 5, -6])).toEqual({ data: Float32Array.of(1, 0, 3, 0, 5, 0), rows: 1, columns: 6 });
    expect(new TextDecoder('latin1').decode(network.save())).toContain('\\"inputs\\":[2,3]');
  });

  it('go into the dense layer before them, once', () => {
    const file = craft({
      nodes: [
        ['MatMul', ['x', 'w'], 's'],
        ['Tanh', ['s'], 't'],
        ['Relu', ['t'], 'y'],
      ],
      initializers: { w: W },
    });
    expect(layersOf(file)).toEqual(['0 dense 3 tanh', '1 activation 3 relu']);
  });
});
