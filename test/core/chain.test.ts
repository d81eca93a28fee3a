/**
 * Steps on one row of small dense layers are one op: its bits must be those of the ops it stands for, which a limit that cuts
 * nothing brings back. Knows no kernels.
 */
import { describe, expect, it } from 'vitest';
import { OP_CHAIN, STATUS_LOSS, STATUS_OK, STATUS_UPDATE } from '../../assembly/abi.js';
import type { BinaryName } from '../../src/runtime/module.js';
import { type Optimizer, optimizerRow, sgd } from '../../src/training/optimizers.js';
import type { ActivationName, Goal, LossName, NetworkSpec } from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { seeded } from '../support/random.js';
import { TrainingRig } from '../support/training.js';
import { nextScalars, OPTIMIZER_CASES } from './ops/update.js';

const STEPS = 6;
const ACTIVATIONS: readonly ActivationName[] = [
  'linear',
  'relu',
  'leakyRelu',
  'elu',
  'selu',
  'gelu',
  'silu',
  'sigmoid',
  'tanh',
  'softplus',
  'softsign',
];
const OUTPUTS: readonly { loss: LossName; last: ActivationName }[] = [
  { loss: 'meanSquaredError', last: 'linear' },
  { loss: 'halfSquaredError', last: 'sigmoid' },
  { loss: 'binaryCrossentropy', last: 'sigmoid' },
  { loss: 'categoricalCrossentropy', last: 'softmax' },
  { loss: 'sparseCategoricalCrossentropy', last: 'softmax' },
  { loss: 'meanAbsoluteError', last: 'gelu' },
  { loss: 'huber', last: 'tanh' },
];

function network(widths: readonly number[], hidden: ActivationName, last: ActivationName, useBias = true): NetworkSpec {
  const layers = widths.slice(1).map((units, index) => {
    const activation = index === widths.length - 2 ? last : hidden;
    return { type: 'dense' as const, units, activation, useBias };
  });
  return { inputs: widths[0], layers };
}

interface Task {
  readonly binary: BinaryName;
  readonly widths: readonly number[];
  readonly spec: NetworkSpec;
  readonly goal: Goal;
  readonly optimizer?: Optimizer;
}

/** The network on a rig, as one op or op by op: only one rig can be at work at a time. */
function rigOf({ binary, widths, spec, goal, optimizer }: Task, asOne: boolean): TrainingRig {
  const random = seeded(widths.length);
  const useBias = (spec.layers[0] as { useBias?: boolean }).useBias !== false;
  const weights = widths.slice(1).flatMap((units, index) => {
    const kernel = random.floats(widths[index] * units, -0.8, 0.8);
    return useBias ? [kernel, random.floats(units, -0.3, 0.3)] : [kernel];
  });
  const clipValue = asOne ? undefined : Number.POSITIVE_INFINITY;
  const rig = new TrainingRig(binary, spec, weights, [random.floats(widths[0])], goal, { optimizer, clipValue });
  expect(rig.lowered.program.ops.some(({ code }) => code === OP_CHAIN)).toBe(asOne);
  return rig;
}

function expectSameSteps(task: Task): void {
  const { optimizer = sgd() } = task;
  const [one, many] = [true, false].map((asOne) => {
    const rig = rigOf({ ...task, optimizer }, asOne);
    const rule = optimizerRow(optimizer).rule(optimizer);
    const steps = Array.from({ length: STEPS }, () => {
      const { status, loss } = rig.step(nextScalars(rule, optimizer));
      return { status: status[0], loss: loss[0], gradients: rig.gradients, weights: rig.weights };
    });
    expect(rig.padding().every((value) => value === 0)).toBe(true);
    return steps;
  });
  expect(one.map(({ status }) => status)).toEqual(one.map(() => STATUS_OK));
  expect(one).toEqual(many);
}

describeBinaries('a chain of small layers', (binary) => {
  const goalOf = (loss: LossName, units: number, rowWeights?: number[]): Goal => {
    const random = seeded(3);
    const y = [loss === 'sparseCategoricalCrossentropy' ? [random.integer(0, units - 1)] : random.floats(units, 0, 1)];
    return { loss, y, rowWeights };
  };

  it.each(ACTIVATIONS)('with %s has the bits of its ops', (hidden) => {
    for (const widths of [
      [2, 4, 1],
      [3, 8, 5, 2],
      [1, 1, 1],
      [7, 5, 4],
    ]) {
      const goal = goalOf('halfSquaredError', widths[widths.length - 1]);
      expectSameSteps({ binary, widths, spec: network(widths, hidden, 'sigmoid'), goal });
    }
  });

  it.each(OUTPUTS)('with $last and $loss has the bits of its ops', ({ loss, last }) => {
    for (const units of [1, 3, 4, 5, 8]) {
      const widths = [5, 6, units];
      expectSameSteps({ binary, widths, spec: network(widths, 'tanh', last), goal: goalOf(loss, units) });
      expectSameSteps({ binary, widths, spec: network(widths, 'relu', last, false), goal: goalOf(loss, units, [1.75]) });
    }
  });

  it.each(OPTIMIZER_CASES)('with $name has the bits of its ops', ({ optimizer }) => {
    const widths = [4, 7, 3];
    expectSameSteps({ binary, widths, spec: network(widths, 'tanh', 'linear'), goal: goalOf('meanSquaredError', 3), optimizer });
  });

  it('of one layer with many inputs has the bits of its ops', () => {
    const widths = [33, 8];
    expectSameSteps({ binary, widths, spec: network(widths, 'linear', 'linear'), goal: goalOf('meanSquaredError', 8) });
  });

  it('changes nothing when the loss is not finite, and tells when an update is not', () => {
    const widths = [2, 4, 1];
    const spec = network(widths, 'tanh', 'linear');
    const broken = rigOf({ binary, widths, spec, goal: { loss: 'meanSquaredError', y: [[Number.NaN]] } }, true);
    const before = broken.weights;
    expect(broken.step([0.1]).status).toEqual([STATUS_LOSS]);
    expect(broken.weights).toEqual(before);
    const wild = rigOf({ binary, widths, spec, goal: { loss: 'halfSquaredError', y: [[1e18]] } }, true);
    expect(wild.step([3e38]).status).toEqual([STATUS_UPDATE]);
    expect(wild.gradients.flat().every(Number.isFinite)).toBe(true);
  });
});

describe('a step that is no chain', () => {
  it.each([
    { why: 'a layer of nine units', widths: [2, 9, 1], hidden: 'tanh' },
    { why: 'softmax in a hidden layer', widths: [2, 4, 1], hidden: 'softmax' },
    { why: 'more than 64 inputs', widths: [65, 4, 1], hidden: 'tanh' },
  ] as const)('has $why', ({ widths, hidden }) => {
    const spec = network(widths, hidden, 'sigmoid');
    const random = seeded(1);
    const weights = widths.slice(1).flatMap((units, index) => [random.floats(widths[index] * units), random.floats(units)]);
    const rig = new TrainingRig('strict', spec, weights, [random.floats(widths[0])], { loss: 'halfSquaredError', y: [[1]] });
    expect(rig.lowered.program.ops.map(({ code }) => code)).not.toContain(OP_CHAIN);
  });
});
