/**
 * A neural network in float64, written as plainly as possible: the oracle that the library is compared with. Layers,
 * back-propagation and the training loop stand here, the formulas they use in support/formulas.ts; speed and memory do not
 * matter. Imports nothing of the library, and must not know how it computes, only what it promises.
 */
import {
  ACTIVATIONS,
  type ActivationName,
  indices,
  LOSSES,
  type LossName,
  type Matrix,
  OPTIMIZERS,
  type OptimizerSpec,
  type Row,
  total,
} from './support/formulas.js';

export * from './support/formulas.js';

// ---- layers: forward(x) gives y and the way back, which gives dx and the gradient of each tensor

export interface DenseSpec {
  readonly type: 'dense';
  readonly units: number;
  readonly activation?: ActivationName;
  readonly useBias?: boolean;
}

export type LayerSpec = DenseSpec;

interface Pass {
  readonly y: Matrix;
  /** Gradients come in the order of the layer's tensors; a tensor without one (a running mean) stands behind the others. */
  back(dy: Matrix): { dx: Matrix; gradients: Row[] };
}

interface LayerRow<Spec> {
  /** Lengths of the layer's tensors for `inputs` columns, and how many columns leave it. */
  shape(layer: Spec, inputs: number): { tensors: number[]; outputs: number };
  /** In training, a layer may also change those of its tensors that have no gradient. */
  forward(layer: Spec, tensors: Row[], x: Matrix, training: boolean): Pass;
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
};

export interface NetworkSpec {
  readonly inputs: number;
  readonly layers: readonly LayerSpec[];
}

/** All tensors of a network, layer by layer, as getWeights lists them. */
export type Weights = Row[];

/** What each layer takes of the list of tensors. */
function tensorsByLayer({ inputs, layers }: NetworkSpec, weights: Weights): Row[][] {
  let columns = inputs;
  let first = 0;
  return layers.map((layer) => {
    const { tensors, outputs } = LAYERS[layer.type].shape(layer, columns);
    columns = outputs;
    first += tensors.length;
    return weights.slice(first - tensors.length, first);
  });
}

function forward(network: NetworkSpec, weights: Weights, x: Matrix, training: boolean): Pass[] {
  const tensors = tensorsByLayer(network, weights);
  let input = x;
  return network.layers.map((layer, index) => {
    const pass = LAYERS[layer.type].forward(layer, tensors[index], input, training);
    input = pass.y;
    return pass;
  });
}

export function predictReference(network: NetworkSpec, weights: Weights, x: Matrix): Matrix {
  return (forward(network, weights, x, false).at(-1) as Pass).y;
}

/** Targets and the loss that is taken of them; row weights multiply the loss of a row, the mean is still over the rows. */
export interface Goal {
  readonly loss: LossName;
  readonly y: Matrix;
  readonly rowWeights?: Row;
}

function rowLosses({ loss, y, rowWeights }: Goal, p: Matrix): Row {
  return p.map((row, r) => LOSSES[loss].value(row, y[r]) * (rowWeights?.[r] ?? 1));
}

/** The mean loss in inference mode. */
export function lossReference(network: NetworkSpec, weights: Weights, x: Matrix, goal: Goal): number {
  return total(rowLosses(goal, predictReference(network, weights, x))) / x.length;
}

/** The mean loss in training mode, its gradient for each tensor (of those that have one) and for x. */
export function gradientsReference(
  network: NetworkSpec,
  weights: Weights,
  x: Matrix,
  goal: Goal,
): { loss: number; gradients: (Row | undefined)[]; dx: Matrix } {
  const passes = forward(network, weights, x, true);
  const p = (passes.at(-1) as Pass).y;
  const scale = (r: number): number => (goal.rowWeights?.[r] ?? 1) / x.length;
  let delta = p.map((row, r) => LOSSES[goal.loss].gradient(row, goal.y[r]).map((d) => d * scale(r)));
  const gradients: (Row | undefined)[] = [];
  const counts = tensorsByLayer(network, weights).map((tensors) => tensors.length);
  for (let index = passes.length - 1; index >= 0; index--) {
    const back = passes[index].back(delta);
    gradients.unshift(...indices(counts[index]).map((tensor) => back.gradients[tensor]));
    delta = back.dx;
  }
  return { loss: total(rowLosses(goal, p)) / x.length, gradients, dx: delta };
}

/** (f(v + h) - f(v - h)) / 2h for every number of `values`, which are put back. */
export function centralDifferences(values: Row, f: () => number, h = 1e-5): Row {
  return values.map((value, at) => {
    values[at] = value + h;
    const above = f();
    values[at] = value - h;
    const below = f();
    values[at] = value;
    return (above - below) / (2 * h);
  });
}

// ---- optimizers at work

/** Numbers that an optimizer may remember of each parameter. */
const STATE = 4;

/** Updates in place, one step after the other; remembers what the optimizer has to. */
export function optimizerReference(
  spec: OptimizerSpec,
  rates: (step: number) => number,
): (weights: Weights, gradients: readonly (Row | undefined)[]) => void {
  const states = new Map<Row, Row[]>();
  let done = 0;
  return (weights, gradients) => {
    const rate = rates(done++);
    for (const [index, tensor] of weights.entries()) {
      const state = states.get(tensor) ?? tensor.map(() => Array<number>(STATE).fill(0));
      states.set(tensor, state);
      gradients[index]?.forEach((g, at) => {
        tensor[at] = OPTIMIZERS[spec.name](tensor[at], g, state[at], rate, done, spec);
      });
    }
  };
}

// ---- the training loop

export interface ReferenceTraining extends Goal {
  readonly network: NetworkSpec;
  /** Left as they are. */
  readonly weights: Weights;
  readonly x: Matrix;
  readonly optimizer: OptimizerSpec;
  readonly batchSize: number;
  readonly epochs: number;
  /** The order of the rows in an epoch; without it as they come. */
  readonly order?: (epoch: number) => readonly number[];
}

export interface ReferenceRun {
  readonly weights: Weights;
  /** Σ row losses of the epoch / rows, each batch before its update. */
  readonly epochLoss: Row;
  readonly predictions: Matrix;
  readonly evaluateLoss: number;
}

/** Trains as `fit` promises to. */
export function trainReference(training: ReferenceTraining): ReferenceRun {
  const { network, x, y, rowWeights, loss, optimizer, batchSize, epochs, order = () => indices(x.length) } = training;
  const weights = training.weights.map((tensor) => [...tensor]);
  const { learningRate = 0.01 } = optimizer;
  const update = optimizerReference(optimizer, typeof learningRate === 'function' ? learningRate : () => learningRate);
  const epochLoss = indices(epochs).map((epoch) => {
    const rows = order(epoch);
    let seen = 0;
    for (let from = 0; from < rows.length; from += batchSize) {
      const batch = rows.slice(from, from + batchSize);
      const goal = { loss, y: batch.map((r) => y[r]), rowWeights: rowWeights && batch.map((r) => rowWeights[r]) };
      const step = gradientsReference(
        network,
        weights,
        batch.map((r) => x[r]),
        goal,
      );
      seen += step.loss * batch.length;
      update(weights, step.gradients);
    }
    return seen / rows.length;
  });
  const evaluateLoss = lossReference(network, weights, x, { loss, y, rowWeights });
  return { weights, epochLoss, predictions: predictReference(network, weights, x), evaluateLoss };
}
