/** What ONNX files hold, and every form in which one is read; numbers are checked against formulas written out here. */
import { describe, expect, it } from 'vitest';
import { activation, batchNorm, dense, dropout, gaussianNoise, layerNorm, Network } from '../../src/index.js';
import { fromOnnx, toOnnx } from '../../src/onnx.js';
import { randomNetwork } from '../onnx/networks.js';
import { craft, type Node, open, type Parts, value } from './onnx-craft.js';

const X = [0.5, -1.5, 2, 0.25];

/** Every number of a file's answer to two samples of two columns. */
function answer(parts: Parts, x: number[] = X): number[] {
  return [...fromOnnx(craft(parts)).predict(Float32Array.from(x)).data];
}

function expectClose(given: readonly number[], wanted: readonly number[]): void {
  expect(given).toHaveLength(wanted.length);
  for (const [i, number] of wanted.entries()) expect(Math.abs(given[i] - number)).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(number)));
}

const layersOf = (file: Uint8Array) =>
  fromOnnx(file)
    .summary()
    .split('\n')
    .slice(2, -1)
    .map((line) =>
      line
        .split(/ {2,}/)
        .slice(0, 3)
        .join(' ')
        .replace(/\[rows, (\d+)\]/, '$1')
        .trim(),
    );

describe('an exported file', () => {
  const network = new Network({
    inputs: [2, 2],
    layers: [
      dense(6, { activation: 'gelu' }),
      batchNorm({ epsilon: 1e-3, momentum: 0.8 }),
      dropout(0.3),
      gaussianNoise(1),
      dense(5, { useBias: false, activation: 'silu' }),
      layerNorm(),
      activation('selu'),
      dense(3, { activation: 'softmax' }),
    ],
    seed: 3,
  });
  const model = open(toOnnx(network));

  it('is of operator set 17, with an open batch axis', () => {
    expect(model.irVersion).toBe(8);
    expect(model.opsetImport).toEqual([{ domain: '', version: 17 }]);
    const { input = [], output = [] } = model.graph ?? {};
    expect(
      [...input, ...output].map(({ name, type }) => [
        name,
        type?.tensorType?.elemType,
        ...(type?.tensorType?.shape?.dim ?? []).map((size) => size.value ?? size.parameter),
      ]),
    ).toEqual([
      ['input', 1, 'batch', 4],
      ['output', 1, 'batch', 3],
    ]);
  });

  it('has a node for each step, named after its layer', () => {
    expect(model.graph?.node.map(({ name, opType }) => `${name} ${opType}`)).toEqual([
      'layers.0.dense Gemm',
      'layers.0.gelu.scaled Div',
      'layers.0.gelu.erf Erf',
      'layers.0.gelu.gate Add',
      'layers.0.gelu.product Mul',
      'layers.0.gelu Mul',
      'layers.1.batchNorm BatchNormalization',
      'layers.2.dropout Dropout',
      'layers.4.dense MatMul',
      'layers.4.silu.sigmoid Sigmoid',
      'layers.4.silu Mul',
      'layers.5.layerNorm LayerNormalization',
      'layers.6.selu Selu',
      'layers.7.dense Gemm',
      'layers.7.softmax Softmax',
    ]);
  });

  it('has the weights under the names of getWeights', () => {
    const names = model.graph?.initializer.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(network.getWeights().map(({ name }) => name)));
    expect(names?.filter((name) => !name?.startsWith('layers.'))).toEqual(['gelu.sqrt2', 'gelu.one', 'gelu.half']);
  });

  it('explains itself', () => {
    const text = new TextDecoder('latin1').decode(toOnnx(network));
    expect(text).toContain('layers[0], dense with gelu: 4 to 6 columns');
    expect(text).toMatch(/4 dense +\[rows, 5\] +silu/);
    expect(text).toContain('samples, one a row of 4 columns');
  });

  it('is the same bytes each time', () => expect(toOnnx(network)).toEqual(toOnnx(network)));

  it('comes back as the same layers with the same settings', () => {
    const again = fromOnnx(toOnnx(network));
    expect(layersOf(toOnnx(network))).toEqual([
      '0 dense 6 gelu',
      '1 batchNorm 6 24',
      '2 dropout 6 rate 0.3',
      '3 dense 5 silu',
      '4 layerNorm 5 10',
      '5 activation 5 selu',
      '6 dense 3 softmax',
    ]);
    const saved = new TextDecoder('latin1').decode(again.save());
    expect(saved).toContain('\\"epsilon\\":0.001,\\"momentum\\":0.8');
    expect(saved).toContain('\\"epsilon\\":0.00001');
  });

  it('of a network without operators passes the input on', () => {
    const bare = new Network({ inputs: 3, layers: [gaussianNoise(1), activation('linear')] });
    expect(open(toOnnx(bare)).graph?.node.map(({ opType }) => opType)).toEqual(['Identity']);
    expect([...fromOnnx(toOnnx(bare)).predict([1, 2, 3]).data]).toEqual([1, 2, 3]);
  });

  it.each(Array.from({ length: 40 }, (_, index) => index))('of random network %i is read back bit for bit', (index) => {
    const { network: given, samples } = randomNetwork(index);
    const again = fromOnnx(toOnnx(given), { seed: 5, numerics: 'fast' });
    expect(again.seed).toBe(5);
    expect(again.getWeights().map(({ data }) => data)).toEqual(given.getWeights().map(({ data }) => data));
    expect(again.predict(samples)).toEqual(given.predict(samples));
  });

  it('is not made of what is no network, or has no operator', () => {
    expect(() => toOnnx({} as Network)).toThrow(new TypeError('toOnnx: expected a Network, got an object (Object)'));
    const own = new Network({ inputs: 1, layers: [dense(1), activation({ name: 'square', value: (z) => z * z })] });
    expect(() => toOnnx(own)).toThrow(RangeError);
    expect(() => toOnnx(own)).toThrow(/^toOnnx: layers\[1\] has an activation of its own, 'square'; expected/);
  });

  it('trains on', async () => {
    const again = fromOnnx(toOnnx(network), { seed: 1 });
    const y = Float32Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const { loss } = await again.fit(
      Float32Array.from({ length: 16 }, (_, i) => i / 16),
      y,
      { loss: 'categoricalCrossentropy', optimizer: 'adam', epochs: 3 },
    );
    expect(loss.every(Number.isFinite)).toBe(true);
  });
});

const W: [number[], number[]] = [
  [2, 3],
  [1, 2, 3, -4, -5, 6],
];
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

const varints = (...values: number[]) =>
  Uint8Array.from(
    values.flatMap((v) => (v < 128 ? [v] : v < 16384 ? [(v & 127) | 128, v >> 7] : [(v & 127) | 128, ((v >> 7) & 127) | 128, v >> 14])),
  );
const halves = [0x3c00, 0xc100, 0x3555, 0x0001];
const halfValues = [1, -2.5, 0.333251953125, 2 ** -24];
const brains = [0x3f80, 0xc020, 0x3eab, 0x0080];
const brainValues = [1, -2.5, 0.333984375, 2 ** -126];
const floats = [1, -2.5, 1 / 3, 1e-40].map(Math.fround);
const bytesOf = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer);

describe('numbers', () => {
  it.each([
    ['FLOAT as raw bytes', { dataType: 1, rawData: bytesOf(Float32Array.from(floats)) }, floats],
    ['FLOAT, packed', { dataType: 1, floatData: [bytesOf(Float32Array.from(floats))] }, floats],
    ['FLOAT, one by one', { dataType: 1, floatData: floats.map((float) => bytesOf(Float32Array.of(float))) }, floats],
    ['DOUBLE as raw bytes', { dataType: 11, rawData: bytesOf(Float64Array.from([1, -2.5, 1 / 3, 1e-40])) }, floats],
    ['DOUBLE, packed', { dataType: 11, doubleData: [bytesOf(Float64Array.from([1, -2.5, 1 / 3, 1e-40]))] }, floats],
    ['FLOAT16 as raw bytes', { dataType: 10, rawData: bytesOf(Uint16Array.from(halves)) }, halfValues],
    ['FLOAT16, packed', { dataType: 10, int32Data: [varints(...halves)] }, halfValues],
    ['BFLOAT16 as raw bytes', { dataType: 16, rawData: bytesOf(Uint16Array.from(brains)) }, brainValues],
    ['BFLOAT16, packed in two', { dataType: 16, int32Data: [varints(...brains.slice(0, 3)), varints(...brains.slice(3))] }, brainValues],
  ])('%s', (_, tensor, wanted) => {
    const network = fromOnnx(craft({ nodes: [['MatMul', ['x', 'w'], 'y']], initializers: { w: { dims: [2, 2], ...tensor } } }));
    expect([...network.getWeights()[0].data]).toEqual(wanted);
  });

  it('of initializers nobody uses are not looked at', () => {
    const file = craft({ nodes: [['Relu', ['x'], 'y']], initializers: { w: { dims: [9, 9], dataType: 8 } } });
    expect([...fromOnnx(file).predict([-1, 1]).data]).toEqual([0, 1]);
  });
});
