/**
 * Whole training programs, step after step, against the oracle's training loop: weights, losses and metrics, on memory whose
 * shared parts start as poison. Knows no kernels; the library's own loop over epochs is tested elsewhere.
 */
import { expect, it } from 'vitest';
import { STATUS_OK } from '../../assembly/abi.js';
import { METRICS as LIBRARY_METRICS, type MetricName } from '../../src/training/metrics.js';
import { optimizerRow } from '../../src/training/optimizers.js';
import { type ActivationName, type LossName, METRICS, type NetworkSpec, oneHot, predictReference, trainReference } from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { seeded } from '../support/random.js';
import { violations } from '../support/rounding.js';
import { TrainingRig } from '../support/training.js';
import { nextScalars, OPTIMIZER_CASES } from './ops/update.js';

const STEPS = 8;
const ROWS = 13;
const METRIC_NAMES: MetricName[] = ['accuracy', 'binaryAccuracy', 'meanAbsoluteError'];

const TASKS: readonly { loss: LossName; last: ActivationName; units: number }[] = [
  { loss: 'sparseCategoricalCrossentropy', last: 'softmax', units: 5 },
  { loss: 'categoricalCrossentropy', last: 'softmax', units: 9 },
  { loss: 'binaryCrossentropy', last: 'sigmoid', units: 1 },
  { loss: 'meanSquaredError', last: 'tanh', units: 3 },
];

describeBinaries('training', (binary) => {
  it.each(TASKS.flatMap((task) => OPTIMIZER_CASES.map((row) => ({ ...task, ...row }))))('with $name and $loss follows the oracle', ({
    loss,
    last,
    units,
    optimizer,
  }) => {
    const random = seeded(units);
    const network: NetworkSpec = {
      inputs: 6,
      layers: [
        { type: 'dense', units: 11, activation: 'tanh' },
        { type: 'dense', units: 9, activation: 'sigmoid', useBias: false },
        { type: 'dense', units, activation: last },
      ],
    };
    const weights = [6 * 11, 11, 11 * 9, 9 * units, units].map((count) => random.floats(count, -0.7, 0.7));
    const x = Array.from({ length: ROWS }, () => random.floats(6));
    const y = x.map(() => (loss === 'sparseCategoricalCrossentropy' ? [random.integer(0, units - 1)] : random.floats(units, 0, 1)));
    const training = new TrainingRig(binary, network, weights, x, { loss, y }, { optimizer, metrics: METRIC_NAMES });
    const rule = optimizerRow(optimizer).rule(optimizer);
    const losses = Array.from({ length: STEPS }, () => {
      const { status, loss: sums } = training.step(nextScalars(rule, optimizer));
      expect(status).toEqual([STATUS_OK]);
      return sums[0] / ROWS;
    });
    const run = (epochs: number) => trainReference({ network, weights, x, y, loss, optimizer, batchSize: ROWS, epochs });
    const expected = run(STEPS);
    const close = (values: number[], error: number) => values.map((value) => ({ value, error }));
    expect(violations(losses, close(expected.epochLoss, 4e-6))).toEqual([]);
    expect(violations(training.weights.flat(), close(expected.weights.flat(), 2e-6))).toEqual([]);

    // Metrics are those of the outputs before each update, summed over all steps.
    const targets = loss === 'sparseCategoricalCrossentropy' ? oneHot(y, units) : y;
    const predictions = Array.from({ length: STEPS }, (_, step) => predictReference(network, run(step).weights, x)).flat();
    const all = Array.from({ length: STEPS }, () => targets).flat();
    for (const [index, name] of METRIC_NAMES.entries()) {
      const sums = Float64Array.from(training.rig.get(training.lowered.accumulators[index]));
      expect(LIBRARY_METRICS[name].result(sums), name).toBeCloseTo(METRICS[name](predictions, all), 5);
    }
    expect(training.padding().filter((value) => value !== 0)).toEqual([]);
  });
});
