/** Graphs that are no feed-forward networks, and files that lie: each refused as ERR_FORMAT, naming what is wrong and where. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TensorMessage } from '../../src/format/onnx/schema.js';
import type { Draft } from '../../src/format/onnx/wire.js';
import { fromOnnx } from '../../src/onnx.js';
import { craft, node, type Parts, refusal, value } from './onnx-craft.js';

type Case = readonly [title: string, parts: Parts, message: RegExp];
type Numbers = [shape: number[], values: number[]];

const W: Numbers = [
  [2, 2],
  [1, 2, 3, 4],
];
const V: Numbers = [[2], [1, 2]];
const dense: Parts['nodes'] = [['MatMul', ['x', 'w'], 'y']];
const withTensor = (tensor: Draft<TensorMessage>): Parts => ({ nodes: dense, initializers: { w: tensor } });
const one = (...given: Parts['nodes'][number]): Parts => ({
  nodes: [given],
  initializers: { w: W, v: V, one: [[], [1]], half: [[], [0.5]] },
});
const statistics = { g: V, b: V, m: V, v: V };

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

const GRAPHS: readonly Case[] = [
  ['no graph', { nodes: [], model: { graph: undefined } }, /expected a graph, got none/],
  ['no input', { nodes: [['Relu', ['x'], 'y']], graph: { input: [] } }, /expected one input, got 0/],
  [
    'two inputs',
    { nodes: [['Relu', ['x'], 'y']], graph: { input: [value('x', ['n', 2]), value('z', ['n', 2])] } },
    /expected one input, got 2 \('x', 'z'\); a network has one table of samples/,
  ],
  [
    'an input of whole numbers',
    { nodes: [['Relu', ['x'], 'y']], graph: { input: [value('x', ['n', 2], 7)] } },
    /input 'x': expected a tensor of floats, got type 7/,
  ],
  [
    'an input that is a list',
    { nodes: [['Relu', ['x'], 'y']], graph: { input: [{ name: 'x', type: {} }] } },
    /input 'x': expected a tensor of floats, got type none/,
  ],
  ['an input of one number', { nodes: [['Relu', ['x'], 'y']], input: [] }, /input 'x': expected samples in rows, got a single number/],
  [
    'an input of negative size',
    { nodes: [['Relu', ['x'], 'y']], input: ['n', -2] },
    /input 'x': expected dimensions that are whole numbers, got -2/,
  ],
  [
    'an input of 2^50 columns',
    { nodes: [['Relu', ['x'], 'y']], input: ['n', 2 ** 50] },
    /inputs: expected a whole number of at least 1 and at most 16777216/,
  ],
  [
    'an input beyond all numbers',
    { nodes: [['Relu', ['x'], 'y']], input: ['n', 2 ** 50, 2 ** 50] },
    /expected a shape of at most 16777216 numbers/,
  ],
  ['an input of unknown width', { nodes: [['Relu', ['x'], 'y']], input: ['n', 'm'] }, /input 'x': expected an input of known width/],
  ['no output', { nodes: [['Relu', ['x'], 'y']], graph: { output: [] } }, /expected one output, got 0/],
  [
    'several outputs',
    { nodes: [['Relu', ['x'], 'y']], graph: { output: [value('y', []), value('x', [])] } },
    /expected one output, got 2 \('y', 'x'\)/,
  ],
  ['an output that nothing gives', { nodes: [['Relu', ['x'], 'z']] }, /the output of the graph: its input 'y' is neither/],
  ['an output that is a constant', { nodes: [], initializers: { y: W } }, /output 'y': expected what layers make of the input/],
  [
    'a name that nothing gives',
    one('Relu', ['z'], 'y'),
    /node 'Relu_of_y' \(Relu\): its input 'z' is neither an input of the graph, nor an initializer, nor given by a node before/,
  ],
  [
    'a circle',
    {
      nodes: [
        ['Relu', ['b'], 'a'],
        ['Relu', ['a'], 'b'],
        ['Relu', ['b'], 'y'],
      ],
    },
    /'Relu_of_a' \(Relu\): its input 'b' is neither/,
  ],
  ['a node that gives its own input', one('Relu', ['y'], 'y'), /its input 'y' is neither/],
  [
    'nodes out of order',
    {
      nodes: [
        ['Relu', ['a'], 'y'],
        ['Relu', ['x'], 'a'],
      ],
    },
    /its input 'a' is neither/,
  ],
  [
    'a name given twice',
    {
      nodes: [
        ['Relu', ['x'], 'y'],
        ['Tanh', ['x'], 'y'],
      ],
    },
    /node 'Tanh_of_y' \(Tanh\): the name 'y' is given twice/,
  ],
  [
    'a name given by a node and by an initializer',
    { nodes: [['Relu', ['x'], 'w']], initializers: { w: W } },
    /the name 'w' is given twice/,
  ],
  ['a node that gives the input', one('Relu', ['x'], 'x'), /the name 'x' is given twice/],
  [
    'two initializers of one name',
    { nodes: dense, graph: { initializer: [{ name: 'w' }, { name: 'w' }] } },
    /initializer 'w': the name 'w' is given twice/,
  ],
];

const TENSORS: readonly Case[] = [
  [
    'numbers in another file',
    withTensor({ dims: [2, 2], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'weights.bin' }] }),
    /^fromOnnx: initializer 'w' has its numbers in 'weights\.bin', not in this file; save the model with all its data inside$/,
  ],
  [
    'numbers in a file without a name',
    withTensor({ dims: [2, 2], dataType: 1, dataLocation: 1 }),
    /initializer 'w' has its numbers in a file of its own/,
  ],
  [
    'fewer bytes than the shape says',
    withTensor({ dims: [2, 2], dataType: 1, rawData: new Uint8Array(12) }),
    /initializer 'w' has shape \[2, 2\] of type FLOAT, 16 bytes, but there are 12/,
  ],
  ['more bytes than the shape says', withTensor({ dims: [2, 2], dataType: 1, rawData: new Uint8Array(17) }), /16 bytes, but there are 17/],
  ['no numbers', withTensor({ dims: [2, 2], dataType: 1 }), /16 bytes, but there are 0/],
  [
    'numbers in the field of another type',
    withTensor({ dims: [2, 2], dataType: 1, doubleData: [new Uint8Array(16)] }),
    /16 bytes, but there are 0/,
  ],
  [
    'packed numbers that are torn',
    withTensor({ dims: [2, 2], dataType: 1, floatData: [new Uint8Array(7), new Uint8Array(9)] }),
    /16 bytes, but there are 16/,
  ],
  [
    'fewer integers than the shape says',
    withTensor({ dims: [2, 2], dataType: 10, int32Data: [Uint8Array.of(1, 2, 3)] }),
    /of type FLOAT16, 4 numbers, but there are 3/,
  ],
  [
    'an integer without an end',
    withTensor({ dims: [2, 2], dataType: 10, int32Data: [Uint8Array.of(1, 2, 3, 4, 128)] }),
    /initializer 'w' has a broken integer/,
  ],
  [
    'an integer too long',
    withTensor({ dims: [2, 1], dataType: 10, int32Data: [Uint8Array.from([...Array(30).fill(255), 1, 1])] }),
    /initializer 'w' has a broken integer/,
  ],
  ['text', withTensor({ dims: [2, 2], dataType: 8 }), /initializer 'w' has data type 8; expected one of FLOAT/],
  ['numbers of no type', withTensor({ dims: [2, 2], rawData: new Uint8Array(16) }), /initializer 'w' has data type 0/],
  [
    'a negative dimension',
    withTensor({ dims: [-2, -2], dataType: 1, rawData: new Uint8Array(16) }),
    /initializer 'w' has a dimension of -2/,
  ],
  ['a shape beyond all numbers', withTensor({ dims: [2 ** 52, 2 ** 52], dataType: 1 }), /more numbers than there can be/],
  [
    'a shape that wraps to little',
    withTensor({ dims: [2 ** 32, 2 ** 32, 0, 2 ** 40], dataType: 1 }),
    /has a dimension|more numbers|expected a matrix/,
  ],
  [
    'a shape of terabytes',
    withTensor({ dims: [2, 2 ** 40], dataType: 1, rawData: new Uint8Array(16) }),
    /8796093022208 bytes, but there are 16/,
  ],
  ['too many dimensions', withTensor({ dims: Array(17).fill(1), dataType: 1 }), /has 17 dimensions; expected at most 16/],
  [
    'NaN',
    {
      nodes: dense,
      initializers: {
        w: [
          [2, 2],
          [1, Number.NaN, 3, 4],
        ],
      },
    },
    /^fromOnnx: initializer 'w': expected finite 32-bit numbers, got NaN at 1$/,
  ],
  [
    'infinity',
    {
      nodes: dense,
      initializers: {
        w: [
          [2, 2],
          [1, 2, Number.NEGATIVE_INFINITY, 4],
        ],
      },
    },
    /initializer 'w': expected finite 32-bit numbers, got -Infinity at 2/,
  ],
  [
    'a double beyond 32 bits',
    withTensor({ dims: [2, 1], dataType: 11, rawData: new Uint8Array(Float64Array.of(1, 1e39).buffer) }),
    /expected finite 32-bit numbers, got 1e\+39 at 1/,
  ],
  [
    'a number that alpha makes infinite',
    { nodes: [['Gemm', ['x', 'w'], 'y', { alpha: 3e38 }]], initializers: { w: W } },
    /expected finite 32-bit numbers, got 2/,
  ],
];

const VERSIONS: readonly Case[] = [
  ['no version', { nodes: [], model: { irVersion: undefined } }, /expected an ONNX file, got bytes without an ir_version/],
  ['a version of before', { nodes: [], model: { irVersion: 2 } }, /expected an ir_version from 3 to \d+, got 2/],
  ['a version of the future', { nodes: [], model: { irVersion: 99 } }, /expected an ir_version from 3 to \d+, got 99/],
  ['no operator set', { nodes: [], model: { opsetImport: [] } }, /expected one version of the standard operator set, got 0/],
  [
    'two operator sets',
    { nodes: [], model: { opsetImport: [{ version: 17 }, { domain: 'ai.onnx', version: 18 }] } },
    /standard operator set, got 2/,
  ],
  ['an operator set of the future', { nodes: [], opset: 99 }, /expected operator set 1 to \d+, got 99; export the model for one of them/],
  ['an operator set of 0', { nodes: [], opset: 0 }, /expected operator set 1 to \d+, got 0/],
];

/** Numbers in the largest array that an action makes; it may not ask for more than this. */
const LIMIT = 1 << 20;
afterEach(() => void vi.unstubAllGlobals());

function watchedRefusal(parts: Parts): string {
  const file = craft(parts);
  const watch = (Original: typeof Float32Array | typeof Float64Array | typeof Uint8Array) =>
    new Proxy(Original, {
      construct(target, given, newTarget) {
        if (typeof given[0] === 'number' && given[0] > LIMIT) throw new Error(`an array of ${given[0]} numbers was asked for`);
        return Reflect.construct(target, given, newTarget);
      },
    });
  vi.stubGlobal('Float32Array', watch(Float32Array));
  vi.stubGlobal('Float64Array', watch(Float64Array));
  vi.stubGlobal('Uint8Array', watch(Uint8Array));
  return refusal(file);
}

describe.each([
  ['operators', OPERATORS],
  ['graphs', GRAPHS],
  ['tensors', TENSORS],
  ['versions', VERSIONS],
])('%s', (_, cases) => {
  it.each(cases)('%s', (__, parts, message) => {
    const text = watchedRefusal(parts);
    expect(text).toMatch(message);
    expect(text.length).toBeLessThan(500);
  });
});

describe('limits', () => {
  const chain = (length: number): Parts => ({
    nodes: Array.from({ length }, (_, i) => ['MatMul', [i ? `v${i}` : 'x', 'w'], i === length - 1 ? 'y' : `v${i + 1}`] as const),
    initializers: { w: W },
  });

  it('a shared initializer does not multiply without end', () => {
    expect(refusal(craft(chain(100)), { maximumParameterBytes: 1599 })).toMatch(
      /parameters of at most 1599 bytes, got 1600; maximumParameterBytes allows more/,
    );
    expect(() => fromOnnx(craft(chain(100)), { maximumParameterBytes: 1600 })).not.toThrow();
  });

  it('nodes', () => {
    expect(refusal(craft(chain(101)), { maximumNodes: 100 })).toMatch(
      /^fromOnnx: expected at most 100 nodes, and as many initializers; maximumNodes allows more$/,
    );
    const listed = craft({ nodes: [['Relu', Array(2000).fill('x'), 'y']] });
    expect(refusal(listed, { maximumNodes: 100 })).toMatch(
      /^fromOnnx: expected fewer names, attributes and dimensions for its nodes; maximumNodes/,
    );
    expect(() => fromOnnx(craft(chain(100)), { maximumNodes: 100 })).not.toThrow();
  });

  it('options are checked', () => {
    const file = craft(one('Relu', ['x'], 'y'));
    expect(() => fromOnnx(file, { maximumNodes: 0 })).toThrow(
      new RangeError('fromOnnx: maximumNodes: expected a whole number of at least 1, got 0'),
    );
    expect(() => fromOnnx(file, { seed: -1 })).toThrow(RangeError);
    expect(() => fromOnnx(file, { depth: 1 } as object)).toThrow(/unknown option 'depth'/);
    expect(() => fromOnnx('model.onnx' as unknown as Uint8Array)).toThrow(
      new TypeError("fromOnnx: expected the bytes of an ONNX file as a Uint8Array, got 'model.onnx'"),
    );
  });
});

describe('bytes that are no file', () => {
  it.each([
    ['nothing', Uint8Array.of(), /expected an ONNX file, got bytes without an ir_version/],
    ['text', new TextEncoder().encode('{"layers":[]}'), /expected an ONNX file/],
    ['zeros', new Uint8Array(64), /expected an ONNX file, got bytes that are none or are damaged/],
    ['a length beyond the end', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f), /bytes that are none or are damaged/],
    ['a varint without an end', new Uint8Array(64).fill(0xff), /bytes that are none or are damaged/],
    ['a graph in a graph without end', nested(2000), /bytes that are none or are damaged|expected an ONNX file/],
    ['groups in groups', new Uint8Array(4000).fill(0x7b), /bytes that are none or are damaged/],
    ['the magic of an archive', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0), /expected an ONNX file/],
  ])('%s', (_, bytes, message) => expect(refusal(bytes)).toMatch(message));
});

/** Messages of field 7, each in the one before. */
function nested(depth: number): Uint8Array {
  let inner: number[] = [];
  for (let i = 0; i < depth && inner.length < 16_000; i++) {
    const { length } = inner;
    inner = [0x3a, ...(length < 128 ? [length] : [(length & 127) | 128, length >> 7]), ...inner];
  }
  return Uint8Array.from(inner);
}
