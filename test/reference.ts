/**
 * A neural network in float64, written as plainly as possible: the oracle that the library is compared with. Back-propagation
 * and the training loop stand here, layers and formulas in support/; speed and memory do not matter. Imports nothing of the
 * library, and must not know how it computes, only what it promises.
 */
import { indices, LOSSES, type LossName, type Matrix, type Row, total } from './support/formulas.js';
import { LAYERS, type LayerRow, type LayerSpec, type Pass, type Shape } from './support/layers.js';
import {
  clipNormReference,
  clipValueReference,
  maxNormReference,
  OPTIMIZERS,
  type OptimizerSpec,
  penaltyGradient,
} from './support/updates.js';

export * from './support/formulas.js';
export * from './support/layers.js';
export * from './support/updates.js';

export interface NetworkSpec {
  readonly inputs: number;
  readonly layers: readonly LayerSpec[];
}

/** All tensors of a network as getWeights lists them: the trainable ones layer by layer, then the running ones. */
export type Weights = Row[];

/** The row of a layer's type. */
function rowOf(layer: LayerSpec): LayerRow<LayerSpec> {
  return LAYERS[layer.type] as LayerRow<LayerSpec>;
}

function shapesOf({ inputs, layers }: NetworkSpec): Shape[] {
  let columns = inputs;
  return layers.map((layer) => {
    const shape = rowOf(layer).shape(layer, columns);
    columns = shape.outputs;
    return shape;
  });
}

/** How many of a network's tensors have a gradient. */
function trainableCount(network: NetworkSpec): number {
  return total(shapesOf(network).map(({ tensors }) => tensors.length));
}

/** A copy of the weights, with running tensors as they start where there are none. */
export function completed(network: NetworkSpec, weights: Weights): Weights {
  const copies = weights.map((tensor) => [...tensor]);
  return weights.length > trainableCount(network) ? copies : [...copies, ...shapesOf(network).flatMap(({ running = [] }) => running)];
}

/** What each layer takes of the list of tensors: trainable ones, then running ones. */
function tensorsByLayer(network: NetworkSpec, weights: Weights): Row[][] {
  let first = 0;
  let firstRunning = trainableCount(network);
  return shapesOf(network).map(({ tensors, running = [] }) => {
    const own = weights.slice(first, first + tensors.length);
    first += tensors.length;
    firstRunning += running.length;
    return [...own, ...weights.slice(firstRunning - running.length, firstRunning)];
  });
}

function forward(network: NetworkSpec, weights: Weights, x: Matrix, training: boolean): Pass[] {
  const tensors = tensorsByLayer(network, weights);
  let input = x;
  return network.layers.map((layer, index) => {
    const pass = rowOf(layer).forward(layer, tensors[index], input, training);
    input = pass.y;
    return pass;
  });
}

export function predictReference(network: NetworkSpec, weights: Weights, x: Matrix): Matrix {
  return (forward(network, completed(network, weights), x, false).at(-1) as Pass).y;
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

/** The mean loss, in inference or in training mode. */
export function lossReference(network: NetworkSpec, weights: Weights, x: Matrix, goal: Goal, training = false): number {
  const p = (forward(network, completed(network, weights), x, training).at(-1) as Pass).y;
  return total(rowLosses(goal, p)) / x.length;
}

/**
 * The mean loss in training mode, its gradient for each trainable tensor, penalties left out, and for x. Changes running
 * tensors.
 */
export function gradientsReference(
  network: NetworkSpec,
  weights: Weights,
  x: Matrix,
  goal: Goal,
): { loss: number; gradients: (Row | undefined)[]; dx: Matrix } {
  const passes = forward(network, weights.length > trainableCount(network) ? weights : completed(network, weights), x, true);
  const p = (passes.at(-1) as Pass).y;
  const scale = (r: number): number => (goal.rowWeights?.[r] ?? 1) / x.length;
  let delta = p.map((row, r) => LOSSES[goal.loss].gradient(row, goal.y[r]).map((d) => d * scale(r)));
  const gradients: (Row | undefined)[] = [];
  for (const pass of passes.toReversed()) {
    const back = pass.back(delta);
    gradients.unshift(...back.gradients);
    delta = back.dx;
  }
  return { loss: total(rowLosses(goal, p)) / x.length, gradients, dx: delta };
}

/** Gradients with the penalties of their kernels. */
export function penalizedReference(network: NetworkSpec, weights: Weights, gradients: readonly (Row | undefined)[]): (Row | undefined)[] {
  let first = 0;
  const penalties = network.layers.flatMap((layer, index) => {
    const { length } = shapesOf(network)[index].tensors;
    first += length;
    const penalty = layer.type === 'dense' ? layer.kernelRegularizer : undefined;
    return indices(length).map((tensor) => (penalty && tensor === 0 ? penaltyGradient(penalty, weights[first - length]) : undefined));
  });
  return gradients.map((gradient, index) => gradient?.map((g, at) => g + (penalties[index]?.[at] ?? 0)));
}

/** Kernels with their maximum norms, in place. */
function limitNorms(network: NetworkSpec, weights: Weights): void {
  for (const [index, [kernel]] of tensorsByLayer(network, weights).entries()) {
    const layer = network.layers[index];
    if (layer.type !== 'dense' || layer.maxNorm === undefined) continue;
    for (const [at, w] of maxNormReference(layer.maxNorm, kernel, layer.units).entries()) kernel[at] = w;
  }
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
  readonly clipValue?: number;
  readonly clipNorm?: number;
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
}

/** Trains as `fit` promises to. */
export function trainReference(training: ReferenceTraining): ReferenceRun {
  const { network, x, y, rowWeights, loss, optimizer, batchSize, epochs, order = () => indices(x.length) } = training;
  const { clipValue = Infinity, clipNorm = Infinity } = training;
  const weights = completed(network, training.weights);
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
      const penalized = penalizedReference(network, weights, step.gradients);
      update(weights, clipNormReference(clipNorm, clipValueReference(clipValue, penalized)));
      limitNorms(network, weights);
    }
    return seen / rows.length;
  });
  return { weights, epochLoss, predictions: predictReference(network, weights, x) };
}
