/**
 * The ONNX project's own test data (Debian: libonnx-testdata; or the folder in ONNX_TEST_DATA): small models with inputs and
 * outputs. Every test whose operators are read either passes or stands in REFUSED, with the words that its error must have.
 *
 * The tests bring weights as inputs; here they become initializers. What is over the last axis, or over channels, is the same for
 * rows of columns, and is run on those.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/format/onnx/operators.js';
import { type GraphMessage, MODEL, type ModelMessage, TENSOR, type TensorMessage } from '../../src/format/onnx/schema.js';
import { readTensor, toFloats } from '../../src/format/onnx/tensor.js';
import { decode, encode } from '../../src/format/onnx/wire.js';
import { GradletError } from '../../src/index.js';
import { fromOnnx } from '../../src/onnx.js';
import { worstDifference } from './difference.js';

const DATA = process.env.ONNX_TEST_DATA ?? '/usr/share/libonnx-testdata/data';
const FOLDERS = ['node', 'pytorch-operator', 'pytorch-converted', 'simple'];
const LIMIT = 1e-5;

/** The operators that are layers, or that leave the numbers as they are. The others are read within formulas, and tested there. */
const LAYERS = new Set(
  'BatchNormalization Dropout Elu Flatten Gelu Gemm Identity LayerNormalization LeakyRelu MatMul Relu Reshape Selu Sigmoid Softmax Softplus Softsign Tanh'.split(
    ' ',
  ),
);

/** Tests that are outside of feed-forward networks: why, and the error that says it. */
const REFUSED: readonly [names: RegExp, why: string, error: RegExp][] = [
  [/matmul_[34]d$|softmax_axis_[01]$|softmax_functional_dim3$/, 'mixes other axes than columns', /two dimensions|axis of the columns/],
  [/flatten_(axis[023]|negative_axis[124])$/, 'mixes samples', /axis 1, so that samples stay apart/],
  [
    /reshape_(?!reduced_dims)|operator_view$|PixelShuffle$/,
    'gives other than rows of columns',
    /shape of two dimensions|samples stay apart/,
  ],
  [/operator_addmm$/, 'adds what it computed before', /input 2, got what is computed/],
  [/layer_normalization_.*axis/, 'normalises over other axes than those of a sample', /axis 1, that of the columns/],
  [/gemm_(transposeA|all_attributes)$/, 'has samples in columns', /transA = 0/],
  [/gemm_default_matrix_bias$/, 'has a bias for each sample', /one row of 4 columns/],
  [/test_leakyrelu(_example)?$|LeakyReLU_with_negval$/, 'has another slope than 0.01', /alpha = 0\.01/],
  [/test_elu(_example)?$|test_ELU$/, 'has another alpha than 1', /alpha = 1/],
  [/test_selu(_example)?$/, 'has other constants', /alpha = 1\.67/],
  [/training_dropout/, 'drops in inference', /training_mode to be false/],
  [/batchnorm.*training_mode$/, 'normalises by the batch in inference', /training_mode = 0/],
  [/celu_expanded$/, 'is no activation here', /part of/],
];

interface Case {
  readonly name: string;
  readonly folder: string;
}

const budget = () => ({ items: 1e6, longest: 1e6 });
const readTensorFile = (file: string): TensorMessage => decode(TENSOR, readFileSync(file), budget());
const readModel = ({ folder }: Case): ModelMessage => decode(MODEL, readFileSync(join(folder, 'model.onnx')), budget());

/** All tests of these operators, without those that need others. */
function findCases(): Case[] {
  const all = FOLDERS.filter((folder) => existsSync(join(DATA, folder))).flatMap((folder) =>
    readdirSync(join(DATA, folder)).map((name): Case => ({ name: `${folder}/${name}`, folder: join(DATA, folder, name) })),
  );
  const known = ({ opType = '', domain = '' }: { opType?: string; domain?: string }) => domain === '' && Object.hasOwn(OPERATORS, opType);
  return all.filter((test) => {
    const { node: nodes = [], input = [] } = readModel(test).graph ?? {};
    // The inputs of a few are lists, and not tensors.
    return input.every(({ type }) => type?.tensorType) && nodes.every(known) && nodes.some(({ opType = '' }) => LAYERS.has(opType));
  });
}

/** The same for rows of columns: leading axes become rows for what is over the last one, channels become columns. */
function asRows({ node: [node] }: GraphMessage, dims: number[]): { shape: number[]; order: (list: Float32Array) => Float32Array } {
  const rank = dims.length;
  if (node?.opType === 'BatchNormalization' && rank > 2) {
    const [batch, channels, ...places] = dims;
    const spots = places.reduce((a, b) => a * b, 1);
    const order = (list: Float32Array) =>
      list.map((_, i) => list[(Math.floor(i / channels / spots) * channels + (i % channels)) * spots + (Math.floor(i / channels) % spots)]);
    return { shape: [batch * spots, channels], order };
  }
  const axis = node?.attribute.find(({ name }) => name === 'axis');
  const last = axis?.i === undefined || axis.i === -1 || axis.i === rank - 1;
  if (!last || !['Softmax', 'LayerNormalization'].includes(node?.opType ?? '')) return { shape: dims, order: (list) => list };
  if (axis) axis.i = -1;
  return { shape: [dims.slice(0, -1).reduce((a, b) => a * b, 1), dims[rank - 1]], order: (list) => list };
}

function run({ folder, name }: Case): number {
  const test = readModel({ folder, name });
  const graph = test.graph as GraphMessage;
  const set = join(folder, 'test_data_set_0');
  const file = (kind: string, index: number) => readTensorFile(join(set, `${kind}_${index}.pb`));
  const floats = (tensor: TensorMessage) => toFloats(readTensor(name, tensor));
  const free = graph.input.filter((input) => !graph.initializer.some((tensor) => tensor.name === input.name));
  const count = readdirSync(set).filter((entry) => entry.startsWith('input_')).length;
  const initializer = [...graph.initializer];
  for (let index = 1; index < count; index++) initializer.push({ ...file('input', index), name: free[index].name });

  const given = file('input', 0);
  const { shape, order } = asRows(graph, given.dims);
  const input = {
    name: free[0]?.name,
    type: { tensorType: { elemType: free[0]?.type?.tensorType?.elemType, shape: { dim: shape.map((value) => ({ value })) } } },
  };
  // Masks and statistics come besides the result.
  const network = fromOnnx(encode(MODEL, { ...test, graph: { ...graph, initializer, input: [input], output: graph.output.slice(0, 1) } }));
  return worstDifference(network.predict(order(floats(given))).data, order(floats(file('output', 0))));
}

function errorOf(test: Case): GradletError | undefined {
  try {
    run(test);
    return undefined;
  } catch (error) {
    if (error instanceof GradletError) return error;
    throw error;
  }
}

const cases = findCases();

describe.skipIf(cases.length === 0)('test data of the ONNX project (skipped without libonnx-testdata)', () => {
  const results = cases.map((test) => ({ test, refusal: REFUSED.find(([names]) => names.test(test.name)), error: errorOf(test) }));
  const refused = results.filter(({ error }) => error !== undefined);
  const read = results.filter(({ error }) => error === undefined);

  it.each(read)('$test.name', ({ test }) => expect(run(test)).toBeLessThanOrEqual(LIMIT));

  it.each(refused)('$test.name is refused', ({ refusal, error }) => {
    expect(error?.code).toBe('ERR_FORMAT');
    expect(refusal, `unforeseen: ${error?.message}`).toBeDefined();
    expect(error?.message, refusal?.[1]).toMatch(refusal?.[2] as RegExp);
  });

  it('every reason is needed', () => {
    for (const reason of REFUSED)
      expect(
        refused.some(({ refusal }) => refusal === reason),
        reason[1],
      ).toBe(true);
  });

  it('the tests that pass cover every operator that has any', () => {
    const operators = new Set(read.flatMap(({ test }) => readModel(test).graph?.node.map(({ opType = '' }) => opType)));
    console.log(`${read.length} tests of the ONNX project pass, ${refused.length} are refused`);
    // Gelu came later than the data.
    expect([...LAYERS].filter((name) => !operators.has(name))).toEqual(['Gelu']);
  });
});
