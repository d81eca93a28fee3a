/**
 * Optimizers: one update against the oracle, with the scalars that src/ writes. Several updates in a row: steps.test.ts.
 * Tolerance: a few roundings of the parameter and of the change made to it.
 */
import {
  DTYPE_F32,
  FLAG_AMSGRAD,
  FLAG_DECOUPLED,
  FLAG_NESTEROV,
  OP_UPDATE,
  OPTIMIZER_ADAGRAD,
  OPTIMIZER_ADAM,
  OPTIMIZER_NADAM,
  OPTIMIZER_RMSPROP,
  OPTIMIZER_SGD,
  OPTIMIZER_SGD_MOMENTUM,
} from '../../../assembly/abi.js';
import { flatTensor, type Tensor } from '../../../src/compile/program.js';
import { adagrad, adam, adamw, nadam, type Optimizer, optimizerRow, rmsprop, sgd } from '../../../src/training/optimizers.js';
import { optimizerReference } from '../../reference.js';
import type { Random } from '../../support/random.js';
import { guarded } from '../../support/rig.js';
import { type Bounded, rounded } from '../../support/rounding.js';
import { type Case, type OpRow, SHAPES, type Shape } from './row.js';

/** An optimizer of src/, which is also its description for the oracle: a new one is one row here. */
export interface OptimizerCase {
  readonly name: string;
  readonly kind: number;
  readonly flags?: number;
  readonly optimizer: Optimizer;
}

export const OPTIMIZER_CASES: readonly OptimizerCase[] = [
  { name: 'sgd', kind: OPTIMIZER_SGD, optimizer: sgd({ learningRate: 0.1 }) },
  { name: 'sgd with decay', kind: OPTIMIZER_SGD, optimizer: sgd({ learningRate: 0.1, weightDecay: 0.05 }) },
  { name: 'momentum', kind: OPTIMIZER_SGD_MOMENTUM, optimizer: sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.05 }) },
  {
    name: 'nesterov',
    kind: OPTIMIZER_SGD_MOMENTUM,
    flags: FLAG_NESTEROV,
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.05 }),
  },
  { name: 'adam', kind: OPTIMIZER_ADAM, optimizer: adam({ learningRate: 0.01 }) },
  {
    name: 'adam with decay',
    kind: OPTIMIZER_ADAM,
    optimizer: adam({ learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-5, weightDecay: 0.1 }),
  },
  { name: 'amsgrad', kind: OPTIMIZER_ADAM, flags: FLAG_AMSGRAD, optimizer: adam({ learningRate: 0.01, beta2: 0.6, amsgrad: true }) },
  { name: 'adamw', kind: OPTIMIZER_ADAM, flags: FLAG_DECOUPLED, optimizer: adamw({ learningRate: 0.02, weightDecay: 0.5 }) },
  {
    name: 'adamw with amsgrad',
    kind: OPTIMIZER_ADAM,
    flags: FLAG_DECOUPLED | FLAG_AMSGRAD,
    optimizer: adamw({ learningRate: 0.02, beta2: 0.6, epsilon: 1e-3, amsgrad: true, weightDecay: 0.3 }),
  },
  { name: 'nadam', kind: OPTIMIZER_NADAM, optimizer: nadam({ learningRate: 0.01 }) },
  {
    name: 'nadam with decay',
    kind: OPTIMIZER_NADAM,
    optimizer: nadam({ learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-3, momentumDecay: 0.3, weightDecay: 0.1 }),
  },
  { name: 'rmsprop', kind: OPTIMIZER_RMSPROP, optimizer: rmsprop({ learningRate: 0.01 }) },
  {
    name: 'rmsprop with momentum and decay',
    kind: OPTIMIZER_RMSPROP,
    optimizer: rmsprop({ learningRate: 0.01, rho: 0.8, epsilon: 1e-3, momentum: 0.6, weightDecay: 0.1 }),
  },
  { name: 'adagrad', kind: OPTIMIZER_ADAGRAD, optimizer: adagrad({ learningRate: 0.05 }) },
  { name: 'adagrad with decay', kind: OPTIMIZER_ADAGRAD, optimizer: adagrad({ learningRate: 0.05, epsilon: 1e-2, weightDecay: 0.1 }) },
];

/** Parameters, gradients and moments of `length` numbers, and the op on them. */
export function updateOp({ kind, optimizer }: OptimizerCase, length: number): { operands: Tensor[]; op: Case['ops'][number] } {
  const { moments, flags } = optimizerRow(optimizer).form(optimizer);
  const names = ['parameters', 'gradients', ...Array.from({ length: moments }, (_, index) => `moments.${index}`)];
  const operands = names.map((name) => guarded(flatTensor(name, length, DTYPE_F32, 4, 'kept')));
  return { operands, op: { code: OP_UPDATE, operands, kind, flags } };
}

/** The scalars of the next update, as a step record takes them. */
export function nextScalars(rule: ReturnType<ReturnType<typeof optimizerRow>['rule']>, { learningRate }: Optimizer): Float32Array {
  const scalars = new Float32Array(8);
  rule.write(scalars, 0, learningRate as number);
  return scalars;
}

/** The new parameters: `updates` times a few roundings of them, and many of what was changed. */
export function updatedBounds(before: readonly number[], after: readonly number[], updates: number): Bounded[] {
  return after.map((value, at) => {
    const change = Math.abs(value - before[at]);
    return rounded(value, 2 * updates, Math.abs(value) + Math.abs(before[at]) + 16 * change);
  });
}

function updateRow(row: OptimizerCase): OpRow {
  const { name, kind, flags = 0, optimizer } = row;
  const build = ({ rows, units }: Shape, random: Random): Case => {
    const length = 8 * rows * Math.ceil(units / 8);
    const { op, operands } = updateOp(row, length);
    const before = random.floats(length);
    const gradients = random.floats(length, -2, 2);
    const after = [...before];
    optimizerReference(optimizer, () => optimizer.learningRate as number)([after], [gradients]);
    const zeros = Array<number>(length).fill(0);
    return {
      ops: [op],
      rows,
      inputs: operands.map((tensor, index) => ({ tensor, values: [before, gradients][index] ?? zeros })),
      outputs: [{ tensor: operands[0], expected: updatedBounds(before, after, 1) }],
      scratch: operands.slice(2),
      scalars: nextScalars(optimizerRow(optimizer).rule(optimizer), optimizer),
    };
  };
  return { name: `update ${name}`, code: OP_UPDATE, kind, flags, shapes: SHAPES, build };
}

export const UPDATE_ROWS: readonly OpRow[] = OPTIMIZER_CASES.map(updateRow);
