/**
 * Training programs with all that may stand around a step: norms with running statistics, penalties, clipping, maximum norms,
 * row weights. Against the oracle's training loop. Knows no kernels.
 */
import { expect, it } from 'vitest';
import { OP_CLIP, OP_MAX_NORM, OP_PENALTY, STATUS_OK } from '../../assembly/abi.js';
import { adam, optimizerRow, sgd } from '../../src/training/optimizers.js';
import { type LayerSpec, type NetworkSpec, type ReferenceTraining, trainReference } from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { seeded } from '../support/random.js';
import { violations } from '../support/rounding.js';
import { TrainingRig } from '../support/training.js';
import { nextScalars } from './ops/update.js';

const STEPS = 10;
const ROWS = 13;
const INPUTS = 6;
const HIDDEN = 9;

interface Example {
  readonly title: string;
  /** Of the first dense layer. */
  readonly dense?: Partial<Extract<LayerSpec, { type: 'dense' }>>;
  readonly between?: LayerSpec[];
  readonly weighted?: boolean;
  readonly clip?: Pick<ReferenceTraining, 'clipValue' | 'clipNorm'>;
}

const EXAMPLES: readonly Example[] = [
  { title: 'nothing else' },
  { title: 'batch norm', between: [{ type: 'batchNorm', epsilon: 0.01, momentum: 0.7 }] },
  { title: 'layer norm', between: [{ type: 'layerNorm', epsilon: 0.01 }] },
  { title: 'two batch norms', between: [{ type: 'batchNorm' }, { type: 'activation', activation: 'silu' }, { type: 'batchNorm' }] },
  { title: 'a penalty', dense: { kernelRegularizer: { l1: 0.05, l2: 0.1 } } },
  { title: 'a maximum norm', dense: { maxNorm: 0.5 } },
  { title: 'row weights', weighted: true },
  { title: 'clipped values', clip: { clipValue: 0.02 } },
  { title: 'a clipped norm', clip: { clipNorm: 0.05 } },
  { title: 'a norm below its limit', clip: { clipNorm: 1000 } },
  {
    title: 'everything',
    dense: { kernelRegularizer: { l1: 0.05, l2: 0.1 }, maxNorm: 0.8 },
    between: [{ type: 'layerNorm' }, { type: 'activation', activation: 'gelu' }, { type: 'batchNorm' }],
    weighted: true,
    clip: { clipValue: 0.05, clipNorm: 0.1 },
  },
];

const OPTIMIZERS = [sgd({ learningRate: 0.3, momentum: 0.5 }), adam({ learningRate: 0.02, epsilon: 1e-3 })];

describeBinaries('training', (binary) => {
  it.each(EXAMPLES)('with $title follows the oracle', ({ dense, between = [], weighted, clip = {} }) => {
    const random = seeded(21);
    const network: NetworkSpec = {
      inputs: INPUTS,
      layers: [
        { type: 'dense', units: HIDDEN, activation: 'tanh', ...dense },
        ...between,
        { type: 'dense', units: 3, activation: 'softmax' },
      ],
    };
    const norms = between.filter(({ type }) => type === 'batchNorm' || type === 'layerNorm');
    const weights = [
      random.floats(INPUTS * HIDDEN),
      random.floats(HIDDEN),
      ...norms.flatMap(() => [random.floats(HIDDEN, 0.5, 1.5), random.floats(HIDDEN)]),
      random.floats(HIDDEN * 3),
      random.floats(3),
    ];
    const x = Array.from({ length: ROWS }, () => random.floats(INPUTS));
    const y = x.map(() => [random.integer(0, 2)]);
    const rowWeights = weighted ? random.floats(ROWS, 0, 3) : undefined;
    const goal = { loss: 'sparseCategoricalCrossentropy' as const, y, rowWeights };
    for (const optimizer of OPTIMIZERS) {
      const training = new TrainingRig(binary, network, weights, x, goal, { optimizer, ...clip });
      const rule = optimizerRow(optimizer).rule(optimizer);
      const losses = Array.from({ length: STEPS }, () => {
        const { status, loss } = training.step(nextScalars(rule, optimizer));
        expect(status).toEqual([STATUS_OK]);
        return loss[0] / ROWS;
      });
      const expected = trainReference({ network, weights, x, ...goal, optimizer, ...clip, batchSize: ROWS, epochs: STEPS });
      const close = (values: number[], error: number) => values.map((value) => ({ value, error }));
      expect(violations(losses, close(expected.epochLoss, 2e-5))).toEqual([]);
      expect(violations(training.weights.flat(), close(expected.weights.flat(), 2e-5))).toEqual([]);
      expect(training.padding().filter((value) => value !== 0)).toEqual([]);
      const codes = new Set(training.lowered.program.ops.map(({ code }) => code));
      expect([codes.has(OP_PENALTY), codes.has(OP_MAX_NORM), codes.has(OP_CLIP)]).toEqual([
        dense?.kernelRegularizer !== undefined,
        dense?.maxNorm !== undefined,
        Object.keys(clip).length > 0,
      ]);
    }
  });
});
