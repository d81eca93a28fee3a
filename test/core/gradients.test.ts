/**
 * Back-propagation as a whole: for every loss with every activation the training program's gradients against central
 * differences of the oracle's loss, taken in float64. Knows no kernels.
 */
import { describe, expect, it } from 'vitest';
import {
  ACTIVATIONS,
  type ActivationName,
  centralDifferences,
  type Goal,
  gradientsReference,
  LOSSES,
  type LossName,
  lossReference,
  type Matrix,
  type NetworkSpec,
  type Row,
  type Weights,
} from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { type Random, seeded } from '../support/random.js';
import { architectureOf, TrainingRig } from '../support/training.js';

const ROWS = 6;
const INPUTS = 4;
const HIDDEN = 5;
const OUTPUTS = 3;

/** What a loss asks of outputs and targets: a new loss is one row here. */
const DOMAINS: Record<LossName, { last: ActivationName; probabilities: boolean; target: (random: Random) => Row }> = {
  meanSquaredError: { last: 'linear', probabilities: false, target: (random) => random.floats(OUTPUTS) },
  halfSquaredError: { last: 'linear', probabilities: false, target: (random) => random.floats(OUTPUTS) },
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

/** Where outputs must lie between 0 and 1 whatever the activation, the last layer stays near 0.5. */
function example(title: string, loss: LossName, activations: readonly [ActivationName, ActivationName], seed: number): Example {
  const random = seeded(seed);
  const { probabilities, target } = DOMAINS[loss];
  const reach = probabilities ? 0.08 : 1;
  return {
    title,
    network: {
      inputs: INPUTS,
      layers: [
        { type: 'dense', units: HIDDEN, activation: activations[0] },
        { type: 'dense', units: OUTPUTS, activation: activations[1] },
      ],
    },
    weights: [
      random.floats(INPUTS * HIDDEN),
      random.floats(HIDDEN, -0.5, 0.5),
      random.floats(HIDDEN * OUTPUTS, -reach, reach),
      random.floats(OUTPUTS).map((bias) => Math.fround(probabilities ? 0.5 + 0.1 * bias : bias / 2)),
    ],
    x: Array.from({ length: ROWS }, () => random.floats(INPUTS)),
    goal: { loss, y: Array.from({ length: ROWS }, () => target(random)) },
  };
}

const EXAMPLES = (Object.keys(LOSSES) as LossName[]).flatMap((loss, l) =>
  (Object.keys(ACTIVATIONS) as ActivationName[]).flatMap((activation, a) => [
    example(`${loss} of ${activation}`, loss, ['tanh', activation], 100 * l + a + 1),
    example(`${loss} with ${activation} hidden`, loss, [activation, DOMAINS[loss].last], 100 * l + a + 51),
  ]),
);

/** Central differences of the oracle's loss, for each tensor. */
function numeric({ network, weights, x, goal }: Example): Row[] {
  const copies = weights.map((tensor) => [...tensor]);
  return copies.map((tensor) => centralDifferences(tensor, () => lossReference(network, copies, x, goal)));
}

/** The largest difference within a tensor, relative to its largest number. */
function relativeError(actual: Row, expected: Row): number {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((value, at) => Math.abs(value - expected[at]))) / scale;
}

function expectClose(gradients: readonly (Row | undefined)[], expected: readonly (Row | undefined)[], limit: number): void {
  expect(gradients.length).toBe(expected.length);
  for (const [tensor, gradient] of gradients.entries()) {
    expect(relativeError(gradient ?? [], expected[tensor] ?? []), `tensor ${tensor}`).toBeLessThan(limit);
  }
}

describe('the oracle back-propagates', () => {
  it.each(EXAMPLES)('$title', (given) => {
    const { gradients, dx } = gradientsReference(given.network, given.weights, given.x, given.goal);
    expectClose(gradients, numeric(given), 1e-7);
    const x = given.x.map((row) => [...row]);
    const byInput = x.map((row) => centralDifferences(row, () => lossReference(given.network, given.weights, x, given.goal)));
    expect(relativeError(dx.flat(), byInput.flat())).toBeLessThan(1e-7);
  });

  it('with row weights', () => {
    const given = example('', 'meanSquaredError', ['tanh', 'sigmoid'], 5);
    const weighted = { ...given, goal: { ...given.goal, rowWeights: [1, 0, 2, 0.5, 3, 1] } };
    const { gradients } = gradientsReference(weighted.network, weighted.weights, weighted.x, weighted.goal);
    expectClose(gradients, numeric(weighted), 1e-7);
  });
});

describeBinaries('the core back-propagates', (binary) => {
  it.each(EXAMPLES)('$title', (given) => {
    const training = new TrainingRig(binary, architectureOf(given.network), given.weights, given.x, given.goal);
    expect(training.step().done).toBe(1);
    expectClose(training.gradients, numeric(given), 1e-5);
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
    const goal: Goal = { loss: 'halfSquaredError', y: x.map(() => random.floats(3)) };
    const training = new TrainingRig(binary, architectureOf(network), weights, x, goal);
    const { loss } = training.step();
    const expected = gradientsReference(network, weights, x, goal);
    expect(loss[0] / x.length / expected.loss - 1).toBeCloseTo(0, 5);
    expectClose(training.gradients, expected.gradients, 1e-5);
  });
});
