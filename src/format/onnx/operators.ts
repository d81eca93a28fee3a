/**
 * The ONNX operators that are read (https://github.com/onnx/onnx/blob/main/docs/Operators.md): each makes a value of its inputs.
 * What is written as plain arithmetic stands in formulas.ts, shapes in shapes.ts. A new one: a row in OPERATORS.
 */
import type { ActivationName } from '../../activations.js';
import { activation, batchNorm, dropout, layerNorm } from '../../layers.js';
import { absolute, add, divide, erf, multiply, power, reduceMean, squareRoot, subtract } from './formulas.js';
import { type NodeView, shortest } from './node.js';
import { concat, flatten, gather, reshape, shapeOf, unsqueeze } from './shapes.js';
import { type Constant, constantOf, isFloatType, readTensor, transpose } from './tensor.js';
import {
  behind,
  checked,
  checkFlat,
  filled,
  fixColumns,
  knownColumns,
  LEAK,
  perColumn,
  perRow,
  type Samples,
  SELU_ALPHA,
  SELU_GAMMA,
  throughDense,
  type Value,
} from './values.js';

/** From a node to what its first output stands for. */
export type Operator = (node: NodeView) => Value;

/** How far the constants of selu may be from those here: files round them to 32 bits. */
const CLOSE = 1e-6;

const INFERENCE = '; export the model in inference mode';

function act(name: ActivationName, node: NodeView): Samples {
  return behind(node.samples(0), { where: node.where, layer: activation(name) });
}

function pointwise(name: ActivationName): Operator {
  return (node) => act(name, node);
}

function leakyRelu(node: NodeView): Value {
  const alpha = Math.fround(node.float('alpha', LEAK));
  if (alpha === 0) return act('relu', node);
  if (alpha === 1) return act('linear', node);
  if (alpha !== LEAK) node.fail(`expected alpha = 0.01, the slope that leakyRelu has here, got ${alpha}`);
  return act('leakyRelu', node);
}

function elu(node: NodeView): Value {
  const alpha = node.float('alpha', 1);
  if (alpha === 0) return act('relu', node);
  if (alpha !== 1) node.fail(`expected alpha = 1, which elu has here, got ${alpha}`);
  return act('elu', node);
}

function selu(node: NodeView): Value {
  const alpha = node.float('alpha', node.opset < 6 ? 1.6732 : SELU_ALPHA);
  const gamma = node.float('gamma', SELU_GAMMA);
  if (Math.abs(alpha - SELU_ALPHA) > CLOSE || Math.abs(gamma - SELU_GAMMA) > CLOSE)
    node.fail(`expected alpha = ${SELU_ALPHA} and gamma = ${SELU_GAMMA}, got ${alpha} and ${gamma}`);
  return act('selu', node);
}

function gelu(node: NodeView): Value {
  const { s } = node.attribute('approximate') ?? {};
  const approximate = s === undefined ? 'none' : new TextDecoder().decode(s.subarray(0, 40));
  if (approximate !== 'none') node.fail(`expected approximate = 'none', got '${approximate}'; gelu is the exact one here`);
  return act('gelu', node);
}

/** Normalises over one axis; before operator set 13 over it and all that follow. */
function softmax(node: NodeView): Value {
  const samples = node.samples(0);
  const { rank, batch } = samples;
  const given = node.int('axis', node.opset < 13 ? 1 : -1);
  const axis = given < 0 ? given + rank : given;
  if (node.opset >= 13) checkFlat(node.where, samples);
  if (axis !== (batch === 'none' ? 0 : 1)) node.fail(`expected the axis of the columns, got ${given}`);
  return act('softmax', node);
}

function matrix(node: NodeView, index: number, constant: Constant): Constant {
  if (constant.shape.length !== 2 || constant.count === 0)
    node.fail(`expected a matrix for input ${index}, got ${constant.where} of shape [${constant.shape.join(', ')}]`);
  return constant;
}

function gemm(node: NodeView): Value {
  const samples = node.samples(0);
  if (samples.rank !== 2) node.fail(`expected an input of two dimensions, got ${samples.rank}; put a Flatten before it`);
  node.only('transA', 0, 0, '; samples must be rows');
  const given = matrix(node, 1, node.constant(1));
  const kernel = node.int('transB', 0) === 0 ? given : transpose(given);
  const alpha = node.float('alpha', 1);
  const beta = node.float('beta', 1);
  node.legacyBroadcast();
  const bias = node.has(2) ? perRow(node.where, node.constant(2), kernel.shape[1], beta) : undefined;
  return throughDense(node.where, samples, kernel, alpha, bias);
}

function matMul(node: NodeView): Value {
  const samples = node.samples(0);
  checkFlat(node.where, samples);
  return throughDense(node.where, samples, matrix(node, 1, node.constant(1)), 1);
}

function batchNormalization(node: NodeView): Value {
  const samples = node.samples(0);
  if (samples.rank !== 2) node.fail(`expected an input of two dimensions, got ${samples.rank}; only rows of columns go through a network`);
  if (node.opset < 7) node.only('is_test', 1, 0, INFERENCE);
  if (node.opset < 9) node.only('spatial', 1, 1);
  if (node.opset >= 14) node.only('training_mode', 0, 0, INFERENCE);
  const epsilon = node.setting('epsilon', 1e-5);
  const momentum = node.setting('momentum', 0.9);
  const layer = checked(node.where, () => batchNorm({ epsilon, momentum }));
  const columns = node.constant(1).count;
  fixColumns(node.where, samples, columns);
  const vector = (index: number) => {
    const constant = node.constant(index);
    if (constant.count !== columns) node.fail(`expected ${columns} numbers in ${constant.where}, got shape [${constant.shape.join(', ')}]`);
    return perColumn(node.where, constant, columns);
  };
  node.constant(4).each((variance, index) => {
    if (!(variance + epsilon > 0)) node.fail(`expected variances above 0 in ${node.constant(4).where}, got ${variance} at ${index}`);
  });
  return behind(samples, { where: node.where, layer, trainable: [vector(1), vector(2)], running: [vector(3), vector(4)] });
}

function layerNormalization(node: NodeView): Value {
  const samples = node.samples(0);
  const given = node.int('axis', -1);
  const axis = given < 0 ? given + samples.rank : given;
  node.only('stash_type', 1, 1);
  if (axis !== (samples.batch === 'none' ? 0 : 1)) node.fail(`expected axis 1, that of the columns, got ${given}`);
  const scale = node.constant(1);
  if (scale.count !== 1) fixColumns(node.where, samples, scale.count);
  const columns = knownColumns(node.where, samples);
  const layer = checked(node.where, () => layerNorm({ epsilon: node.setting('epsilon', 1e-5) }));
  const beta = node.has(2) ? perColumn(node.where, node.constant(2), columns) : filled(columns, 0);
  return behind(samples, { where: node.where, layer, trainable: [perColumn(node.where, scale, columns), beta] });
}

function dropoutOperator(node: NodeView): Value {
  node.int('seed', 0);
  if (node.opset < 7) node.only('is_test', 1, 0, INFERENCE);
  if (node.has(2) && node.number(2) !== 0) node.fail(`expected training_mode to be false${INFERENCE}`);
  const ratio = node.opset < 12 ? node.float('ratio', 0.5) : node.has(1) ? node.number(1) : 0.5;
  return behind(node.samples(0), { where: node.where, layer: checked(node.where, () => dropout(shortest(ratio))) });
}

function identity(node: NodeView): Value {
  return node.value(0);
}

/** Numbers stay what they are: all there is here are 32-bit floats. */
function cast(node: NodeView): Value {
  // How to round to types of eight bits.
  node.int('saturate', 1);
  node.attribute('round_mode');
  const to = node.int('to', 0);
  if (!isFloatType(to)) node.fail(`expected a cast to a type of floats, got type ${to}`);
  return node.value(0);
}

function transposeOperator(node: NodeView): Value {
  const constant = matrix(node, 0, node.constant(0));
  const order = node.ints('perm') ?? [1, 0];
  if (order.join() === '0,1') return { kind: 'constant', constant };
  if (order.join() !== '1,0') node.fail(`expected perm = [1, 0], got [${order.join(', ')}]`);
  return { kind: 'constant', constant: transpose(constant) };
}

function constantOperator(node: NodeView): Value {
  const tensor = node.attribute('value')?.t;
  const float = node.attribute('value_float')?.f;
  const floats = node.attribute('value_floats')?.floats;
  const int = node.attribute('value_int')?.i;
  const ints = node.attribute('value_ints')?.ints;
  if (tensor) return { kind: 'constant', constant: readTensor(node.where, tensor) };
  const list = floats ?? ints;
  if (list) return { kind: 'constant', constant: constantOf(node.where, list, [list.length]) };
  const one = float ?? int;
  if (one === undefined) node.fail('expected a tensor or numbers as its value');
  return { kind: 'constant', constant: constantOf(node.where, [one], []) };
}

/** Each operator with the most inputs that it may have. */
export const OPERATORS: Readonly<Record<string, readonly [operator: Operator, inputs: number]>> = {
  Abs: [absolute, 1],
  Add: [add, 2],
  BatchNormalization: [batchNormalization, 5],
  Cast: [cast, 1],
  Concat: [concat, 8],
  Constant: [constantOperator, 0],
  Div: [divide, 2],
  Dropout: [dropoutOperator, 3],
  Elu: [elu, 1],
  Erf: [erf, 1],
  Flatten: [flatten, 1],
  Gather: [gather, 2],
  Gelu: [gelu, 1],
  Gemm: [gemm, 3],
  Identity: [identity, 1],
  LayerNormalization: [layerNormalization, 3],
  LeakyRelu: [leakyRelu, 1],
  MatMul: [matMul, 2],
  Mul: [multiply, 2],
  Pow: [power, 2],
  ReduceMean: [reduceMean, 2],
  Relu: [pointwise('relu'), 1],
  Reshape: [reshape, 2],
  Selu: [selu, 1],
  Shape: [shapeOf, 1],
  Sigmoid: [pointwise('sigmoid'), 1],
  Softmax: [softmax, 1],
  Softplus: [pointwise('softplus'), 1],
  Softsign: [pointwise('softsign'), 1],
  Sqrt: [squareRoot, 1],
  Sub: [subtract, 2],
  Tanh: [pointwise('tanh'), 1],
  Transpose: [transposeOperator, 1],
  Unsqueeze: [unsqueeze, 2],
};
