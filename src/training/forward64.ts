/**
 * The loss of a network in f64, in plain loops: what gradientCheck takes its differences of. Training mode, without dropout
 * and noise. Knows layers and losses by their formulas, nothing of the core.
 */
import type { Activation } from '../activations.js';
import type { Architecture } from '../compile/parameters.js';
import type { Layer } from '../layers.js';
import type { CustomLoss } from '../runtime/host.js';
import type { Loss, LossName } from './losses.js';

type Row = Float64Array;
/** Tensors of the network by name, row-major. */
export type Tensors64 = ReadonlyMap<string, Float64Array>;
/** A target row, or a class. */
export type Target64 = Row | number;

/** erfc for x >= 0: the series of erf below 2, Lentz' continued fraction beyond (Abramowitz, Stegun, 7.1.6 and 7.1.14). */
function erfc(x: number): number {
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum); k++) {
      term *= (2 * x * x) / (2 * k + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = x;
  for (let k = 60; k > 0; k--) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI));
}

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;
const sigmoid = (z: number): number => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

const VALUES: Record<string, (z: number) => number> = {
  linear: (z) => z,
  relu: (z) => Math.max(0, z),
  leakyRelu: (z) => (z > 0 ? z : 0.01 * z),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  selu: (z) => SELU_SCALE * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
  gelu: (z) => z * (z > 0 ? 1 - erfc(z / Math.SQRT2) / 2 : erfc(-z / Math.SQRT2) / 2),
  silu: (z) => z * sigmoid(z),
  sigmoid,
  tanh: Math.tanh,
  softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
  softsign: (z) => z / (1 + Math.abs(z)),
};

function softmax(row: Row): Row {
  const largest = Math.max(...row);
  const e = row.map((z) => Math.exp(z - largest));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((value) => value / sum);
}

function activate(activation: Activation, rows: Row[]): Row[] {
  if (typeof activation !== 'string') return rows.map((row) => row.map((z) => activation.value(z)));
  if (activation === 'softmax') return rows.map(softmax);
  return rows.map((row) => row.map(VALUES[activation]));
}

function tensor(tensors: Tensors64, name: string): Float64Array {
  return tensors.get(name) ?? new Float64Array(0);
}

function normalize(values: Row, epsilon: number): Row {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return values.map((x) => (x - mean) / Math.sqrt(variance + epsilon));
}

function forwardLayer(layer: Layer, name: string, rows: Row[], tensors: Tensors64): Row[] {
  switch (layer.type) {
    case 'dense': {
      const kernel = tensor(tensors, `${name}.kernel`);
      const bias = tensors.get(`${name}.bias`);
      const weighted = rows.map((row) =>
        Float64Array.from({ length: layer.units }, (_, unit) =>
          row.reduce((sum, x, i) => sum + x * kernel[i * layer.units + unit], bias?.[unit] ?? 0),
        ),
      );
      return activate(layer.activation, weighted);
    }
    case 'activation':
      return activate(layer.activation, rows);
    case 'layerNorm':
    case 'batchNorm': {
      const gamma = tensor(tensors, `${name}.gamma`);
      const beta = tensor(tensors, `${name}.beta`);
      const columns = rows[0].length;
      const byColumn = Array.from({ length: columns }, (_, c) =>
        normalize(
          Float64Array.from(rows, (row) => row[c]),
          layer.epsilon,
        ),
      );
      return rows.map((row, r) => {
        const normal = layer.type === 'layerNorm' ? normalize(row, layer.epsilon) : Float64Array.from(byColumn, (column) => column[r]);
        return normal.map((x, c) => gamma[c] * x + beta[c]);
      });
    }
    default:
      return rows;
  }
}

/** Per-element losses, and whether their sum is divided by the number of columns. */
const ELEMENT_LOSSES: Partial<Record<LossName, { value: (p: number, t: number) => number; mean: boolean }>> = {
  meanSquaredError: { value: (p, t) => (p - t) ** 2, mean: true },
  meanAbsoluteError: { value: (p, t) => Math.abs(p - t), mean: true },
  huber: { value: (p, t) => (Math.abs(p - t) > 1 ? Math.abs(p - t) - 0.5 : 0.5 * (p - t) ** 2), mean: true },
  halfSquaredError: { value: (p, t) => 0.5 * (p - t) ** 2, mean: false },
  binaryCrossentropy: { value: (p, t) => -(t * Math.log(p) + (1 - t) * Math.log1p(-p)), mean: true },
  categoricalCrossentropy: { value: (p, t) => (t === 0 ? 0 : -t * Math.log(p)), mean: false },
  kullbackLeiblerDivergence: { value: (p, t) => (t === 0 ? 0 : t * (Math.log(t) - Math.log(p))), mean: false },
  hinge: { value: (p, t) => Math.max(0, 1 - t * p), mean: true },
};

function rowLoss(loss: Loss, output: Row, target: Target64): number {
  // In f64 here: rounded to f32, small steps would drown.
  if (typeof loss !== 'string') return (loss as unknown as CustomLoss<Row>).value(output, target as Row);
  if (typeof target === 'number') return -Math.log(output[target]);
  const { value, mean } = ELEMENT_LOSSES[loss] as { value: (p: number, t: number) => number; mean: boolean };
  const sum = output.reduce((total, p, column) => total + value(p, target[column]), 0);
  return mean ? sum / output.length : sum;
}

/** Penalties of all kernels. */
function penalty(layers: readonly Layer[], tensors: Tensors64): number {
  return layers.reduce((total, layer, index) => {
    if (layer.type !== 'dense' || !layer.kernelRegularizer) return total;
    const { l1, l2 } = layer.kernelRegularizer;
    return total + tensor(tensors, `layers.${index}.kernel`).reduce((sum, w) => sum + l1 * Math.abs(w) + l2 * w * w, 0);
  }, 0);
}

/** Mean loss over the rows, with penalties. */
export function loss64({ layers }: Architecture, tensors: Tensors64, rows: Row[], targets: readonly Target64[], loss: Loss): number {
  const output = layers.reduce((input, layer, index) => forwardLayer(layer, `layers.${index}`, input, tensors), rows);
  const sum = output.reduce((total, row, index) => total + rowLoss(loss, row, targets[index]), 0);
  return sum / rows.length + penalty(layers, tensors);
}
