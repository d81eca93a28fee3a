/**
 * Back-propagation as a whole: for every loss with every activation and every layer the oracle's gradients against central
 * differences of its loss, taken in float64, and the training program's gradients against the oracle's. Knows no kernels.
 */
import { describe, expect, it } from 'vitest';
import { OP_NOISE_FORWARD } from '../../assembly/abi.js';
import {
  ACTIVATIONS,
  type ActivationName,
  centralDifferences,
  type Goal,
  gradientsReference,
  LAYERS,
  type LayerSpec,
  LOSSES,
  type LossName,
  lossReference,
  type Matrix,
  type NetworkSpec,
  type Row,
  type Weights,
} from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { dropoutMask, gaussianNoise } from '../support/noise.js';
import { type Random, seeded } from '../support/random.js';
import { TrainingRig } from '../support/training.js';

const ROWS = 6;
const INPUTS = 4;
const HIDDEN = 5;
const OUTPUTS = 3;
/** Number of the step. */
const COUNTER = 77;

/** What a loss asks of outputs and targets: a new loss is one row here. */
const DOMAINS: Record<LossName, { last: ActivationName; probabilities: boolean; target: (random: Random) => Row }> = {
  meanSquaredError: { last: 'linear', probabilities: false, target: (random) => random.floats(OUTPUTS) },
  halfSquaredError: { last: 'linear', probabilities: false, target: (random) => random.floats(OUTPUTS) },
  meanAbsoluteError: { last: 'linear', probabilities: false, target: (random) => random.floats(OUTPUTS) },
  huber: { last: 'linear', probabilities: false, target: (random) => random.floats(OUTPUTS, -3, 3) },
  hinge: { last: 'linear', probabilities: false, target: (random) => random.floats(OUTPUTS).map((t) => (t < 0 ? -1 : 1)) },
  kullbackLeiblerDivergence: { last: 'softmax', probabilities: true, target: (random) => random.floats(OUTPUTS, 0, 1) },
  binaryCrossentropy: { last: 'sigmoid', probabilities: true, target: (random) => random.floats(OUTPUTS, 0, 1) },
  categoricalCrossentropy: { last: 'softmax', probabilities: true, target: (random) => random.floats(OUTPUTS, 0, 1) },
  sparseCategoricalCrossentropy: { last: 'softmax', probabilities: true, target: (random) => [random.integer(0, OUTPUTS - 1)] },
};

interface Example {
  readonly title: string;
  readonly network: NetworkSpec;
  readonly weights: Weights;
  readonly x: Matrix;
  readonly goal: Goal;
}

/** What goes into an activation where about a half is to come out. */
const CENTRES: Partial<Record<ActivationName, number>> = { softplus: -0.4, silu: 0.8, gelu: 0.7, softsign: 0.9 };

/** A mask, and noise, for layers that draw. */
const MASK: Matrix = Array.from({ length: ROWS }, (_, r) => Array.from({ length: HIDDEN }, (_, c) => [0, 2, 1.25][(r * r + c) % 3]));

/** What stands between the two dense layers, the first of which has the activation; a new layer is one row here. */
const BETWEEN: { readonly [Type in LayerSpec['type']]: (activation: ActivationName) => LayerSpec[] } = {
  dense: () => [],
  activation: (activation) => [{ type: 'activation', activation }],
  layerNorm: () => [{ type: 'layerNorm', epsilon: 0.01 }],
  batchNorm: () => [{ type: 'batchNorm', epsilon: 0.01 }],
  dropout: () => [{ type: 'dropout', rate: 0.5, drawn: MASK }],
  gaussianNoise: () => [{ type: 'gaussianNoise', stddev: 0.5, drawn: MASK }],
};

/** Where outputs must lie between 0 and 1 whatever the activation, the last layer stays near 0.5. */
function example(loss: LossName, type: LayerSpec['type'], hidden: ActivationName, last: ActivationName, seed: number): Example {
  const random = seeded(seed);
  const { probabilities, target } = DOMAINS[loss];
  const reach = probabilities ? 0.08 : 1;
  const between = BETWEEN[type](hidden);
  const norm = type === 'layerNorm' || type === 'batchNorm' ? [random.floats(HIDDEN, 0.5, 1.5), random.floats(HIDDEN)] : [];
  const centre = CENTRES[last] ?? 0.5;
  return {
    title: `${hidden}, ${type}, ${last}`,
    network: {
      inputs: INPUTS,
      layers: [{ type: 'dense', units: HIDDEN, activation: hidden }, ...between, { type: 'dense', units: OUTPUTS, activation: last }],
    },
    weights: [
      random.floats(INPUTS * HIDDEN),
      random.floats(HIDDEN, -0.5, 0.5),
      ...norm,
      random.floats(HIDDEN * OUTPUTS, -reach, reach),
      random.floats(OUTPUTS).map((bias) => Math.fround(probabilities ? centre + 0.1 * bias : bias / 2)),
    ],
    x: Array.from({ length: ROWS }, () => random.floats(INPUTS)),
    goal: { loss, y: Array.from({ length: ROWS }, () => target(random)) },
  };
}

const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as ActivationName[];
const LAYER_TYPES = Object.keys(LAYERS) as LayerSpec['type'][];

/** Every layer behind every activation, and every activation at the end, for every loss. */
const EXAMPLES = (Object.keys(LOSSES) as LossName[]).flatMap((loss, l) => {
  const ends = ACTIVATION_NAMES.map((last, a) => example(loss, 'dense', 'tanh', last, 10_000 * l + a));
  const through = LAYER_TYPES.map((type, t) => ({
    title: `${loss} through ${type}`,
    networks: ACTIVATION_NAMES.map((hidden, a) => example(loss, type, hidden, DOMAINS[loss].last, 10_000 * l + 100 * (t + 1) + a)),
  }));
  return [{ title: `${loss} of a last layer`, networks: ends }, ...through];
});

/** Central differences of the oracle's loss in training mode, for each tensor that has a gradient. */
function numeric({ network, weights, x, goal }: Example): Row[] {
  const copies = weights.map((tensor) => [...tensor]);
  return copies.map((tensor) => centralDifferences(tensor, () => lossReference(network, copies, x, goal, true)));
}

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

/**
 * The largest difference within a tensor, relative to its largest number; where that should be 0 (a bias whose mean is taken
 * off), to the tenth part of the largest of all.
 */
function expectClose(actual: readonly (Row | undefined)[], expected: readonly (Row | undefined)[], limit: number, title = ''): void {
  expect(actual.length).toBe(expected.length);
  const overall = largest(expected.map((tensor) => largest(tensor ?? [])));
  for (const [tensor, values = []] of expected.entries()) {
    const error = largest(values.map((value, at) => value - (actual[tensor]?.[at] ?? Number.NaN)));
    expect(error / Math.max(largest(values), overall / 10), `${title}, tensor ${tensor}`).toBeLessThan(limit);
  }
}

/** The network with what the core draws in step COUNTER. */
function withNoise({ inputs, layers }: NetworkSpec, { lowered }: TrainingRig): NetworkSpec {
  const seeds = lowered.program.ops.flatMap(({ code, seed = 0 }) => (code === OP_NOISE_FORWARD ? [seed] : []));
  const drawn = layers.map((layer): LayerSpec => {
    if (layer.type === 'dropout') return { ...layer, drawn: dropoutMask(layer.rate ?? 0, seeds.shift() ?? 0, COUNTER, ROWS, HIDDEN) };
    if (layer.type !== 'gaussianNoise') return layer;
    return { ...layer, drawn: gaussianNoise(layer.stddev ?? 0, seeds.shift() ?? 0, COUNTER, ROWS, HIDDEN) };
  });
  return { inputs, layers: drawn };
}

describe('the oracle back-propagates', () => {
  it.each(EXAMPLES)('$title with every activation', ({ networks }) => {
    for (const given of networks) {
      const { gradients, dx } = gradientsReference(given.network, given.weights, given.x, given.goal);
      expectClose(gradients, numeric(given), 1e-7, given.title);
      const x = given.x.map((row) => [...row]);
      const byInput = x.map((row) => centralDifferences(row, () => lossReference(given.network, given.weights, x, given.goal, true)));
      expectClose([dx.flat()], [byInput.flat()], 1e-7, given.title);
    }
  });

  it('with row weights', () => {
    const given = example('meanSquaredError', 'dense', 'tanh', 'sigmoid', 5);
    const weighted = { ...given, goal: { ...given.goal, rowWeights: [1, 0, 2, 0.5, 3, 1] } };
    const { gradients } = gradientsReference(weighted.network, weighted.weights, weighted.x, weighted.goal);
    expectClose(gradients, numeric(weighted), 1e-7);
  });
});

describeBinaries('the core back-propagates', (binary) => {
  it.each(EXAMPLES)('$title with every activation', ({ networks }) => {
    for (const given of networks) {
      const training = new TrainingRig(binary, given.network, given.weights, given.x, given.goal);
      expect(training.step(undefined, COUNTER).done).toBe(1);
      const { gradients } = gradientsReference(withNoise(given.network, training), given.weights, given.x, given.goal);
      expectClose(training.gradients, gradients, 2e-5, given.title);
    }
  });

  it.each([true, false])('through four layers of odd widths, useBias %s', (useBias) => {
    const random = seeded(11);
    const widths = [9, 17, 33, 10, 3];
    const activations: ActivationName[] = ['relu', 'tanh', 'softmax', 'linear'];
    const layers = activations.map((activation, index) => ({ type: 'dense' as const, units: widths[index + 1], activation, useBias }));
    const weights = layers.flatMap(({ units }, index) => {
      const kernel = random.floats(widths[index] * units);
      return useBias ? [kernel, random.floats(units)] : [kernel];
    });
    const network = { inputs: widths[0], layers };
    const x = Array.from({ length: 21 }, () => random.floats(widths[0]));
    const goal: Goal = { loss: 'halfSquaredError', y: x.map(() => random.floats(3)), rowWeights: random.floats(x.length, 0, 2) };
    const training = new TrainingRig(binary, network, weights, x, goal);
    const { loss } = training.step();
    const expected = gradientsReference(network, weights, x, goal);
    expect(loss[0] / x.length / expected.loss - 1).toBeCloseTo(0, 5);
    expectClose(training.gradients, expected.gradients, 1e-5);
  });
});
