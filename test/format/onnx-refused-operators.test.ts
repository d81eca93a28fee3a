/** Operators that no layer of ours does: each refused as ERR_FORMAT, naming what is wrong and where. */
import { expect, it } from 'vitest';
import { type Case, dense, one, statistics, V, W, watchedRefusal } from './onnx-cases.js';
import { node, type Parts } from './onnx-craft.js';

const OPERATORS: readonly Case[] = [
  [
    'an operator of images',
    one('Conv', ['x', 'w'], 'y'),
    /^fromOnnx: node 'Conv_of_y' \(Conv\): expected an operator that layers are made of, .*this one has no layer$/,
  ],
  ['an operator called __proto__', one('__proto__', ['x'], 'y'), /\(__proto__\): expected an operator/],
  ['an operator called constructor', one('constructor', ['x'], 'y'), /\(constructor\): expected an operator/],
  ['an operator without a name', one('', ['x'], 'y'), /node '_of_y' \(\): expected an operator/],
  [
    'an operator of another domain',
    { nodes: [], graph: { node: [{ ...node(['Gelu', ['x'], 'y']), domain: 'com.microsoft' }] } },
    /\(com\.microsoft\.Gelu\): expected an operator/,
  ],
  [
    'a node without a name',
    { nodes: [], graph: { node: [{ opType: 'Exp', input: ['x'], output: ['y'] }] } },
    /the node that gives 'y' \(Exp\)/,
  ],
  [
    'samples in columns',
    one('Gemm', ['x', 'w'], 'y', { transA: 1 }),
    /'Gemm_of_y' \(Gemm\): expected transA = 0, got 1; samples must be rows/,
  ],
  [
    'samples as the second factor',
    one('MatMul', ['w', 'x'], 'y'),
    /expected input 0 to come from the input of the graph, got initializer 'w'/,
  ],
  ['a kernel that is computed', one('MatMul', ['x', 'x'], 'y'), /expected an initializer or a Constant for input 1/],
  [
    'a kernel of another height',
    {
      nodes: dense,
      initializers: {
        w: [
          [3, 1],
          [1, 2, 3],
        ],
      },
    },
    /expected an input of 3 columns, got 2/,
  ],
  [
    'a kernel of one dimension',
    { nodes: dense, initializers: { w: V } },
    /expected a matrix for input 1, got initializer 'w' of shape \[2\]/,
  ],
  ['a kernel of nothing', { nodes: dense, initializers: { w: [[2, 0], []] } }, /expected a matrix/],
  [
    'a bias for each row',
    {
      nodes: [['Gemm', ['x', 'w', 'b'], 'y']],
      initializers: {
        w: W,
        b: [
          [2, 1],
          [1, 2],
        ],
      },
    },
    /expected one row of 2 columns in initializer 'b', got shape \[2, 1\]/,
  ],
  [
    'a bias of three dimensions',
    {
      nodes: [...dense.map(([op, input]) => [op, input, 's'] as const), ['Add', ['s', 'b'], 'y']],
      initializers: {
        w: W,
        b: [
          [1, 1, 2],
          [1, 2],
        ],
      },
    },
    /expected one row/,
  ],
  [
    'two biases',
    {
      nodes: [
        ['MatMul', ['x', 'w'], 's'],
        ['Add', ['s', 'v'], 't'],
        ['Add', ['t', 'v'], 'y'],
      ],
      initializers: { w: W, v: V },
    },
    /'Add_of_y' \(Add\).*no layer adds otherwise/,
  ],
  [
    'a sum of samples',
    {
      nodes: [
        ['Relu', ['x'], 'r'],
        ['Add', ['x', 'r'], 'y'],
      ],
    },
    /no layer adds otherwise/,
  ],
  [
    'a product of samples',
    {
      nodes: [
        ['Relu', ['x'], 'r'],
        ['Mul', ['x', 'r'], 'y'],
      ],
    },
    /no layer multiplies otherwise/,
  ],
  [
    'a product with the sigmoid of something else',
    {
      nodes: [
        ['Relu', ['x'], 'r'],
        ['Sigmoid', ['r'], 's'],
        ['Mul', ['x', 's'], 'y'],
      ],
    },
    /no layer multiplies otherwise/,
  ],
  ['a difference', one('Sub', ['x', 'v'], 'y'), /no layer subtracts otherwise/],
  ['a quotient', one('Div', ['one', 'x'], 'y'), /no layer divides otherwise/],
  ['a division by 0', { nodes: [['Div', ['x', 'z'], 'y']], initializers: { z: [[], [0]] } }, /expected a divisor other than 0/],
  ['a power', one('Pow', ['x', 'one'], 'y'), /no layer raises to a power otherwise/],
  ['a root', one('Sqrt', ['x'], 'y'), /no layer takes one otherwise/],
  ['an error function', one('Erf', ['x'], 'y'), /no layer takes an error function otherwise/],
  ['a factor that stays one', one('Mul', ['x', 'half'], 'y'), /output 'y': expected what layers make of the input/],
  [
    'a factor before a layer',
    {
      nodes: [
        ['Mul', ['x', 'half'], 'h'],
        ['Relu', ['h'], 'y'],
      ],
      initializers: { half: [[], [0.5]] },
    },
    /'Relu_of_y' \(Relu\): input 0 comes from node 'Mul_of_h' \(Mul\), which is read only as a part/,
  ],
  ['an absolute value', one('Abs', ['x'], 'y'), /output 'y': expected what layers/],
  ['a mean over rows', one('ReduceMean', ['x'], 'y', { axes: [0] }), /expected the axis of the columns, got \[0\]/],
  ['a mean over everything', one('ReduceMean', ['x'], 'y'), /expected the axis of the columns, got \[\]/],
  ['a mean without its axis', one('ReduceMean', ['x'], 'y', { axes: [1], keepdims: 0 }), /expected keepdims = 1, got 0/],
  ['a softmax over rows', one('Softmax', ['x'], 'y', { axis: 0 }), /expected the axis of the columns, got 0/],
  ['a softmax over channels', { ...one('Softmax', ['x'], 'y'), input: ['n', 2, 3] }, /expected an input of two dimensions, got 3/],
  ['another slope', one('LeakyRelu', ['x'], 'y', { alpha: 0.2 }), /expected alpha = 0\.01, the slope that leakyRelu has here, got 0\.2/],
  ['another elu', one('Elu', ['x'], 'y', { alpha: 2 }), /expected alpha = 1, which elu has here, got 2/],
  [
    'another selu',
    { nodes: [], graph: { node: [{ ...node(['Selu', ['x'], 'y']), attribute: [{ name: 'gamma', f: 1.5, type: 1 }] }] } },
    /expected alpha = 1\.67.* got .* and 1\.5/,
  ],
  ['the selu of the first operator sets', { ...one('Selu', ['x'], 'y'), opset: 5 }, /got 1\.6732 and/],
  ['the other gelu', { ...one('Gelu', ['x'], 'y', { approximate: 'tanh' }), opset: 20 }, /expected approximate = 'none', got 'tanh'/],
  ['a setting that is not known', one('Relu', ['x'], 'y', { slope: 3 }), /unknown attribute 'slope'/],
  [
    'a setting that is given twice',
    {
      nodes: [],
      graph: {
        node: [
          {
            ...node(['Elu', ['x'], 'y']),
            attribute: [
              { name: 'alpha', f: 1 },
              { name: 'alpha', f: 2 },
            ],
          },
        ],
      },
    },
    /attribute 'alpha' is given twice/,
  ],
  ['a setting that is NaN', one('Elu', ['x'], 'y', { alpha: Number.NaN }), /expected a finite number for attribute 'alpha', got NaN/],
  ['a setting of another kind', one('Softmax', ['x'], 'y', { axis: 0.5 }), /expected a whole number for attribute 'axis'/],
  ['an input too many', one('Relu', ['x', 'w'], 'y'), /expected at most 1 input, got 2/],
  ['an input too few', one('Relu', [], 'y'), /input 0 is missing/],
  ['an output too few', one('Relu', ['x'], ''), /expected the name of an output, got none/],
  [
    'a mask in use',
    { nodes: [], graph: { node: [{ ...node(['Dropout', ['x'], 'd']), output: ['d', 'mask'] }, node(['Relu', ['mask'], 'y'])] } },
    /input 0 is what node 'Dropout_of_d' \(Dropout\) gives besides its result/,
  ],
  [
    'dropout in inference',
    { nodes: [['Dropout', ['x', '', 'yes'], 'y']], initializers: { yes: { dims: [], dataType: 9, rawData: Uint8Array.of(1) } } },
    /expected training_mode to be false; export the model in inference mode/,
  ],
  [
    'a rate of 1',
    { nodes: [['Dropout', ['x', 'one'], 'y']], initializers: { one: [[], [1]] } },
    /'Dropout_of_y' \(Dropout\): dropout: rate: expected a finite number/,
  ],
  ['dropout of the first operator sets', { ...one('Dropout', ['x'], 'y'), opset: 6 }, /expected is_test = 1, got 0/],
  [
    'statistics of the batch',
    { nodes: [['BatchNormalization', ['x', 'g', 'b', 'm', 'v'], 'y', { training_mode: 1 }]], initializers: statistics },
    /expected training_mode = 0, got 1/,
  ],
  [
    'statistics of one column too many',
    { nodes: [['BatchNormalization', ['x', 'g', 'b', 'm', 'v'], 'y']], initializers: { ...statistics, m: [[3], [1, 2, 3]] } },
    /expected 2 numbers in initializer 'm', got shape \[3\]/,
  ],
  [
    'a negative variance',
    { nodes: [['BatchNormalization', ['x', 'g', 'b', 'm', 'v'], 'y']], initializers: { ...statistics, v: [[2], [1, -1]] } },
    /expected variances above 0 in initializer 'v', got -1 at 1/,
  ],
  [
    'an epsilon of 0',
    { nodes: [['BatchNormalization', ['x', 'g', 'b', 'm', 'v'], 'y', { epsilon: 0 }]], initializers: statistics },
    /batchNorm: epsilon: expected a finite number above 0, got 0/,
  ],
  ['a normalisation over rows', one('LayerNormalization', ['x', 'v'], 'y', { axis: 0 }), /expected axis 1, that of the columns, got 0/],
  [
    'a scale of another width',
    { nodes: [['LayerNormalization', ['x', 'g'], 'y']], initializers: { g: [[3], [1, 2, 3]] } },
    /expected an input of 3 columns, got 2/,
  ],
  ['Flatten over samples', one('Flatten', ['x'], 'y', { axis: 0 }), /expected axis 1, so that samples stay apart, got 0/],
  ['a transposed table', one('Transpose', ['x'], 'y'), /expected an initializer or a Constant for input 0/],
  [
    'a transposition of three dimensions',
    { nodes: [['Transpose', ['t'], 'w'], ...dense], initializers: { t: [[1, 1, 1], [1]] } },
    /expected a matrix for input 0/,
  ],
  [
    'a transposition of another order',
    { nodes: [['Transpose', ['t'], 'w', { perm: [1, 1] }], ...dense], initializers: { t: W } },
    /expected perm = \[1, 0\], got \[1, 1\]/,
  ],
  ['a cast to integers', one('Cast', ['x'], 'y', { to: 7 }), /expected a cast to a type of floats, got type 7/],
  ['a Constant of text', { nodes: [['Constant', [], 'w', { value_string: 'w' }], ...dense] }, /expected a tensor or numbers as its value/],
  ...([[2, 2], [-1, -1], [4], [-1, 3], [1, -1], [-1, 1, 2]] as number[][]).map(
    (shape): Case => [
      `Reshape to [${shape.join(', ')}]`,
      {
        nodes: [['Reshape', ['x', 's'], 'y']],
        initializers: { s: { dims: [shape.length], dataType: 7, rawData: new Uint8Array(BigInt64Array.from(shape.map(BigInt)).buffer) } },
      },
      /\(Reshape\): expected (a shape of two dimensions|an input of 3 columns)/,
    ],
  ),
  ...(
    [
      [
        'a width of a shape',
        [
          ['Shape', ['x'], 's'],
          ['Gather', ['s', 'one'], 'g'],
          ['Relu', ['g'], 'y'],
        ],
        /\(Gather\): expected the number of rows; nothing else/,
      ],
      [
        'a whole shape',
        [
          ['Shape', ['x'], 's'],
          ['Reshape', ['x', 's'], 'y'],
        ],
        /keeps samples apart, such as \[-1, columns\], got \[rows\]/,
      ],
      [
        'a shape as samples',
        [
          ['Shape', ['x'], 's'],
          ['Relu', ['s'], 'y'],
        ],
        /got a shape from node 'Shape_of_s' \(Shape\)/,
      ],
      [
        'a shape within a shape',
        [
          ['Shape', ['x'], 's'],
          ['Concat', ['s', 'one'], 'c', { axis: 0 }],
          ['Reshape', ['x', 'c'], 'y'],
        ],
        /\(Concat\): expected the number of rows/,
      ],
      ['samples put together', [['Concat', ['x', 'x'], 'y', { axis: 0 }]], /\(Concat\): expected an initializer or a Constant for input 0/],
      ['samples put side by side', [['Concat', ['x', 'x'], 'y', { axis: 1 }]], /\(Concat\): expected axis = 0, got 1/],
      ['some of the samples', [['Gather', ['x', 'one'], 'y']], /\(Gather\): expected input 0 to be the shape of samples/],
      ['samples of another dimension', [['Unsqueeze', ['x', 'one'], 'y']], /\(Unsqueeze\): expected input 0 to be the shape of samples/],
      [
        'a part of a shape',
        [
          ['Shape', ['x'], 's', { start: 1 }],
          ['Reshape', ['x', 's'], 'y'],
        ],
        /\(Shape\): expected start = 0, got 1/,
      ],
      [
        'rows as columns',
        [
          ['Shape', ['x'], 's'],
          ['Gather', ['s', 'zero'], 'g'],
          ['Concat', ['one', 'g'], 'c'],
          ['Reshape', ['x', 'c'], 'y'],
        ],
        /keeps samples apart, such as .*, got \[1, rows\]/,
      ],
    ] as [string, Parts['nodes'], RegExp][]
  ).map(([title, nodes, message]): Case => [title, { nodes, initializers: { one: [[1], [1]], zero: [[], [0]] } }, message]),
  [
    'Reshape to zeros',
    {
      nodes: [['Reshape', ['x', 's'], 'y', { allowzero: 1 }]],
      initializers: { s: { dims: [2], dataType: 7, rawData: new Uint8Array(16) } },
    },
    /expected a shape of two dimensions/,
  ],
  [
    'Reshape to more than there is',
    { nodes: [['Reshape', ['x', 's'], 'y']], initializers: { s: [[65], Array(65).fill(1)] } },
    /has 65 numbers; expected at most 64/,
  ],
];

it.each(OPERATORS)('%s', (_, parts, message) => {
  const text = watchedRefusal(parts);
  expect(text).toMatch(message);
  expect(text.length).toBeLessThan(500);
});
