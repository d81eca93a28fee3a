/** Graphs that are no feed-forward networks, and files that lie: each refused as ERR_FORMAT, naming what is wrong and where. */
import { describe, expect, it } from 'vitest';
import { fromOnnx } from '../../src/onnx.js';
import { type Case, dense, one, W, watchedRefusal, withTensor } from './onnx-cases.js';
import { craft, type Parts, refusal, value } from './onnx-craft.js';

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

describe.each([
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
