/**
 * Layers that a graph spells out as arithmetic, put together again:
 *
 *     silu      x · sigmoid(x)
 *     softsign  x / (1 + |x|)
 *     gelu      ½ · x · (1 + erf(x / √2)), its factors in any order
 *     layerNorm (x − mean) / √(mean of (x − mean)² + epsilon), then · gamma + beta
 *     dense     MatMul, then + bias
 *
 * Each operator takes a formula one step on, or says what it cannot be a part of.
 */
import { activation, layerNorm } from '../../layers.js';
import { type NodeView, shortest } from './node.js';
import { type Constant, toList } from './tensor.js';
import { behind, checked, checkFlat, filled, knownColumns, type Parameter, type Part, perRow, type Samples, type Value } from './values.js';

/** How far the constants of a formula may be from the exact ones: converters round them to 32 bits, or to a few digits. */
const CLOSE = 1e-5;
const close = (value: number, exact: number): boolean => Math.abs(value - exact) <= CLOSE * Math.abs(exact);

function part(node: NodeView, of: Samples, changes: Partial<Part>): Part {
  const nothing = { form: 'product', factor: 1, power: 0, gate: 'one', epsilon: 0 } as const;
  return { kind: 'part', where: node.where, of, ...nothing, ...changes };
}

/** Samples or a part of a product as factors; undefined for anything else. */
function factors(value: Value): Pick<Part, 'of' | 'factor' | 'power' | 'gate'> | undefined {
  if (value.kind === 'samples') return { of: value, factor: 1, power: 1, gate: 'one' };
  return value.kind === 'part' && value.form === 'product' ? value : undefined;
}

const isPart = (value: Value, form: Part['form']): value is Part => value.kind === 'part' && value.form === form;
const same = (a: Samples, b: Samples): boolean => a.stage === b.stage;

/** The two inputs, the one that is a constant last. */
function operands(node: NodeView): [Value, Value] {
  node.legacyBroadcast();
  const [a, b] = [node.value(0), node.value(1)];
  return a.kind === 'constant' ? [b, a] : [a, b];
}

function silu(node: NodeView, x: Samples, gate: Samples): Samples | undefined {
  const { layer, previous } = gate.stage;
  const isGate = layer?.type === 'activation' && layer.activation === 'sigmoid' && previous === x.stage;
  return isGate ? behind(x, { where: node.where, layer: activation('silu') }) : undefined;
}

/** gelu, when all factors are there. */
function product(node: NodeView, of: Samples, factor: number, power: 0 | 1, gate: Part['gate']): Value {
  if (power === 1 && gate === 'onePlusErf' && close(factor, 0.5)) return behind(of, { where: node.where, layer: activation('gelu') });
  return part(node, of, { factor, power, gate });
}

export function multiply(node: NodeView): Value {
  const [a, b] = operands(node);
  if (b.kind === 'constant') {
    if (a.kind === 'samples' && a.stage.times && b.constant.count === a.width.columns) return a.stage.times(node.where, b.constant);
    const known = factors(a);
    if (known && b.constant.count === 1) {
      const [factor] = toList(b.constant);
      return product(node, known.of, known.factor * factor, known.power, known.gate);
    }
  }
  if (a.kind === 'samples' && b.kind === 'samples') {
    const found = silu(node, a, b) ?? silu(node, b, a);
    if (found) return found;
  }
  if (isPart(a, 'centred') && isPart(b, 'centred') && same(a.of, b.of)) return part(node, a.of, { form: 'squared' });
  const [left, right] = [factors(a), factors(b)];
  if (left && right && same(left.of, right.of) && left.power + right.power <= 1 && (left.gate === 'one' || right.gate === 'one')) {
    const gate = left.gate === 'one' ? right.gate : left.gate;
    return product(node, left.of, left.factor * right.factor, (left.power + right.power) as 0 | 1, gate);
  }
  return node.fail('expected a product that is a part of silu, gelu or a layer normalisation; no layer multiplies otherwise');
}

export function divide(node: NodeView): Value {
  const [a, b] = [node.value(0), node.value(1)];
  const known = factors(a);
  if (known && b.kind === 'constant' && b.constant.count === 1) {
    const divisor = node.number(1);
    if (divisor === 0) node.fail('expected a divisor other than 0');
    return product(node, known.of, known.factor / divisor, known.power, known.gate);
  }
  if (a.kind === 'samples' && isPart(b, 'onePlusAbsolute') && same(a, b.of))
    return behind(a, { where: node.where, layer: activation('softsign') });
  if (isPart(a, 'centred') && isPart(b, 'deviation') && same(a.of, b.of)) return normalised(node, a.of, b.epsilon);
  return node.fail('expected a quotient that is a part of softsign, gelu or a layer normalisation; no layer divides otherwise');
}

/** A layer normalisation whose gamma, then beta, may follow. */
function normalised(node: NodeView, x: Samples, epsilon: number): Samples {
  const columns = knownColumns(node.where, x);
  const layer = checked(node.where, () => layerNorm({ epsilon: shortest(epsilon) }));
  const { where } = node;
  const ones = filled(columns, 1);
  const zeros = filled(columns, 0);
  const shifted = (gamma: Parameter) => (adding: string, constant: Constant) =>
    behind(x, { where, layer, trainable: [gamma, perRow(adding, constant, columns)] });
  return behind(x, {
    where,
    layer,
    trainable: [ones, zeros],
    plus: shifted(ones),
    times: (scaling, constant) => {
      const gamma = perRow(scaling, constant, columns);
      return behind(x, { where, layer, trainable: [gamma, zeros], plus: shifted(gamma) });
    },
  });
}

export function add(node: NodeView): Value {
  const [a, b] = operands(node);
  if (b.kind === 'constant') {
    if (a.kind === 'samples' && a.stage.plus) return a.stage.plus(node.where, b.constant);
    if (a.kind === 'part' && b.constant.count === 1) {
      const [value] = toList(b.constant);
      if (a.form === 'absolute' && value === 1) return part(node, a.of, { form: 'onePlusAbsolute' });
      if (a.form === 'variance') return part(node, a.of, { form: 'shifted', epsilon: value });
      if (a.form === 'product' && a.gate === 'erf' && a.power === 0 && close(a.factor, 1) && close(value, 1))
        return part(node, a.of, { gate: 'onePlusErf' });
    }
  }
  return node.fail(
    'expected a sum that adds the bias of a MatMul, or is a part of softsign, gelu or a layer normalisation; no layer adds otherwise',
  );
}

export function subtract(node: NodeView): Value {
  const [a, b] = [node.value(0), node.value(1)];
  if (a.kind === 'samples' && isPart(b, 'mean') && same(a, b.of)) return part(node, a, { form: 'centred' });
  return node.fail('expected a difference that is a part of a layer normalisation; no layer subtracts otherwise');
}

export function power(node: NodeView): Value {
  const base = node.value(0);
  if (isPart(base, 'centred') && node.number(1) === 2) return part(node, base.of, { form: 'squared' });
  return node.fail('expected the square that is a part of a layer normalisation; no layer raises to a power otherwise');
}

export function squareRoot(node: NodeView): Value {
  const value = node.value(0);
  if (isPart(value, 'shifted')) return part(node, value.of, { form: 'deviation', epsilon: value.epsilon });
  return node.fail('expected the root that is a part of a layer normalisation; no layer takes one otherwise');
}

/** The mean over the columns, before operator set 18 by an attribute. */
export function reduceMean(node: NodeView): Value {
  const value = node.value(0);
  node.only('keepdims', 1, 1);
  node.only('noop_with_empty_axes', 0, 0);
  const axes = node.ints('axes') ?? (node.has(1) ? toList(node.constant(1)) : []);
  const of = value.kind === 'samples' || isPart(value, 'squared') ? value : undefined;
  if (!of) node.fail('expected a mean that is a part of a layer normalisation; no layer takes one otherwise');
  const samples = of.kind === 'samples' ? of : of.of;
  checkFlat(node.where, samples);
  if (axes.length !== 1 || (axes[0] !== -1 && axes[0] !== samples.rank - 1))
    node.fail(`expected the axis of the columns, got [${axes.join(', ')}]`);
  return part(node, samples, { form: of.kind === 'samples' ? 'mean' : 'variance' });
}

export function erf(node: NodeView): Value {
  const known = factors(node.value(0));
  if (known?.power === 1 && known.gate === 'one' && close(known.factor, Math.SQRT1_2)) return part(node, known.of, { gate: 'erf' });
  return node.fail('expected erf(x / √2), a part of gelu; no layer takes an error function otherwise');
}

export function absolute(node: NodeView): Value {
  return part(node, node.samples(0), { form: 'absolute' });
}
