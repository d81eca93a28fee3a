/**
 * The oracle's layers in float64: forward(x) gives y and the way back, which gives dx and the gradient of each tensor. A new
 * layer is one row of the table. Must not know how the library computes.
 */
import { ACTIVATIONS, type ActivationName, indices, type Matrix, type Row, total } from './formulas.js';
import type { Penalty } from './updates.js';

export interface DenseSpec {
  readonly type: 'dense';
  readonly units: number;
  readonly activation?: ActivationName;
  readonly useBias?: boolean;
  readonly kernelRegularizer?: Penalty;
  readonly maxNorm?: number;
}

export interface ActivationSpec {
  readonly type: 'activation';
  readonly activation: ActivationName;
}

export interface LayerNormSpec {
  readonly type: 'layerNorm';
  readonly epsilon?: number;
}

export interface BatchNormSpec {
  readonly type: 'batchNorm';
  readonly epsilon?: number;
  /** The share that running statistics keep. */
  readonly momentum?: number;
}

/** Nothing in inference; in training the oracle is told what was drawn, and does nothing where it is not. */
export interface DropoutSpec {
  readonly type: 'dropout';
  readonly rate?: number;
  /** What each element is multiplied by. */
  readonly drawn?: Matrix;
}

export interface GaussianNoiseSpec {
  readonly type: 'gaussianNoise';
  readonly stddev?: number;
  /** What is added to each element. */
  readonly drawn?: Matrix;
}

export type LayerSpec = DenseSpec | ActivationSpec | LayerNormSpec | BatchNormSpec | DropoutSpec | GaussianNoiseSpec;

export interface Pass {
  readonly y: Matrix;
  /** Gradients come in the order of the layer's trainable tensors. */
  back(dy: Matrix): { dx: Matrix; gradients: Row[] };
}

export interface Shape {
  /** Lengths of the layer's trainable tensors for `inputs` columns. */
  readonly tensors: number[];
  /** What those that have no gradient start as. */
  readonly running?: Row[];
  readonly outputs: number;
}

export interface LayerRow<Spec> {
  shape(layer: Spec, inputs: number): Shape;
  /** `tensors`: the trainable ones, then the running ones, which a layer may change in training. */
  forward(layer: Spec, tensors: Row[], x: Matrix, training: boolean): Pass;
}

const mean = (values: Row): number => total(values) / values.length;
const variance = (values: Row): number => {
  const centre = mean(values);
  return mean(values.map((v) => (v - centre) ** 2));
};
const transpose = (matrix: Matrix): Matrix => indices(matrix[0].length).map((c) => matrix.map((row) => row[c]));

/** (x - mean) / √(variance + epsilon) of one group of numbers, and the way back from the gradient of that. */
function standardize(x: Row, epsilon: number): { normal: Row; back(g: Row): Row } {
  const centre = mean(x);
  const deviation = Math.sqrt(variance(x) + epsilon);
  const normal = x.map((v) => (v - centre) / deviation);
  return {
    normal,
    back(g) {
      const [shift, product] = [mean(g), mean(g.map((v, at) => v * normal[at]))];
      return g.map((v, at) => (v - shift - normal[at] * product) / deviation);
    },
  };
}

/** What both norms do once the normal values of all groups are there; `back` leads from the gradient of those to dx. */
function scaleAndShift([gamma, beta]: Row[], normal: Matrix, back: (g: Matrix) => Matrix): Pass {
  return {
    y: normal.map((row) => row.map((v, c) => gamma[c] * v + beta[c])),
    back(dy) {
      const dGamma = gamma.map((_, c) => total(dy.map((row, r) => row[c] * normal[r][c])));
      const dBeta = beta.map((_, c) => total(dy.map((row) => row[c])));
      return { dx: back(dy.map((row) => row.map((d, c) => d * gamma[c]))), gradients: [dGamma, dBeta] };
    },
  };
}

/** Each number of a matrix with the one in its place in another; without another as it is. */
function combine(a: Matrix, b: Matrix | undefined, f: (a: number, b: number) => number): Matrix {
  return b ? a.map((row, r) => row.map((v, c) => f(v, b[r][c]))) : a;
}

export const LAYERS: { readonly [Type in LayerSpec['type']]: LayerRow<Extract<LayerSpec, { type: Type }>> } = {
  /** y = activation(x · kernel + bias); tensors: kernel [inputs, units], row-major, and bias [units]. */
  dense: {
    shape: ({ units, useBias = true }, inputs) => ({ tensors: useBias ? [inputs * units, units] : [inputs * units], outputs: units }),
    forward({ units, activation = 'linear' }, [kernel, bias], x) {
      const z = x.map((row) => indices(units).map((u) => (bias ? bias[u] : 0) + total(row.map((v, i) => v * kernel[i * units + u]))));
      const y = z.map(ACTIVATIONS[activation].value);
      return {
        y,
        back(dy) {
          const dz = dy.map((d, r) => ACTIVATIONS[activation].backward(z[r], y[r], d));
          const dx = x.map((row, r) => row.map((_, i) => total(dz[r].map((d, u) => d * kernel[i * units + u]))));
          const dKernel = kernel.map((_, at) => total(x.map((row, r) => row[Math.floor(at / units)] * dz[r][at % units])));
          const dBias = indices(units).map((u) => total(dz.map((d) => d[u])));
          return { dx, gradients: bias ? [dKernel, dBias] : [dKernel] };
        },
      };
    },
  },
  activation: {
    shape: (_, inputs) => ({ tensors: [], outputs: inputs }),
    forward({ activation }, _, x) {
      const y = x.map(ACTIVATIONS[activation].value);
      return { y, back: (dy) => ({ dx: dy.map((d, r) => ACTIVATIONS[activation].backward(x[r], y[r], d)), gradients: [] }) };
    },
  },
  /** Each row by its own mean and variance; tensors: gamma, beta. */
  layerNorm: {
    shape: (_, inputs) => ({ tensors: [inputs, inputs], outputs: inputs }),
    forward({ epsilon = 1e-5 }, tensors, x) {
      const rows = x.map((row) => standardize(row, epsilon));
      const normal = rows.map((row) => row.normal);
      return scaleAndShift(tensors, normal, (g) => g.map((row, r) => rows[r].back(row)));
    },
  },
  /** Each column over the batch; tensors: gamma, beta, running mean and variance (unbiased; one row alone leaves them). */
  batchNorm: {
    shape: (_, inputs) => ({
      tensors: [inputs, inputs],
      running: [Array<number>(inputs).fill(0), Array<number>(inputs).fill(1)],
      outputs: inputs,
    }),
    forward({ epsilon = 1e-5, momentum = 0.9 }, [gamma, beta, means, variances], x, training) {
      if (!training) {
        const normal = x.map((row) => row.map((v, c) => (v - means[c]) / Math.sqrt(variances[c] + epsilon)));
        return scaleAndShift([gamma, beta], normal, (g) => g.map((row) => row.map((v, c) => v / Math.sqrt(variances[c] + epsilon))));
      }
      const columns = transpose(x);
      for (const [c, column] of columns.entries()) {
        if (x.length === 1) break;
        means[c] = momentum * means[c] + (1 - momentum) * mean(column);
        variances[c] = momentum * variances[c] + ((1 - momentum) * variance(column) * x.length) / (x.length - 1);
      }
      const groups = columns.map((column) => standardize(column, epsilon));
      const normal = transpose(groups.map((group) => group.normal));
      return scaleAndShift([gamma, beta], normal, (g) => transpose(transpose(g).map((column, c) => groups[c].back(column))));
    },
  },
  dropout: {
    shape: (_, inputs) => ({ tensors: [], outputs: inputs }),
    forward({ drawn }, _, x, training) {
      const masked = (values: Matrix): Matrix => combine(values, training ? drawn : undefined, (a, b) => a * b);
      return { y: masked(x), back: (dy) => ({ dx: masked(dy), gradients: [] }) };
    },
  },
  gaussianNoise: {
    shape: (_, inputs) => ({ tensors: [], outputs: inputs }),
    forward({ drawn }, _, x, training) {
      const y = combine(x, training ? drawn : undefined, (a, b) => a + b);
      return { y, back: (dy) => ({ dx: dy, gradients: [] }) };
    },
  },
};
