/** The form of the table of ops: what each row has to say about an op, so that its tests can be generated. Knows no op. */
import type { Op, Tensor } from '../../../src/compile/program.js';
import type { Random } from '../../support/random.js';
import type { Rig } from '../../support/rig.js';
import type { Bounded } from '../../support/rounding.js';

/** Sizes that exercise whole tiles, their remainders, and the borders of vectors, panels and cache lines. */
export const SIZES = [1, 3, 5, 7, 8, 9, 15, 17, 31, 33, 63, 65];

/** Rows of the batch, columns that go in, columns that come out (ops on one width take `units`). */
export interface Shape {
  readonly rows: number;
  readonly inputs: number;
  readonly units: number;
}

/** Every size in every role, each time beside other ones. */
export const SHAPES: readonly Shape[] = SIZES.map((rows, index) => ({
  rows,
  inputs: SIZES[(5 * index + 3) % SIZES.length],
  units: SIZES[(7 * index + 2) % SIZES.length],
}));

export interface Input {
  readonly tensor: Tensor;
  /** Row-major. */
  readonly values: readonly number[];
  /** One row of it belongs to each row of the batch. */
  readonly perRow?: boolean;
}

export interface Output {
  readonly tensor: Tensor;
  /** What it must hold, row-major, from the oracle. */
  readonly expected: readonly Bounded[];
  /** How to get at it, where that is not simply the tensor's values. */
  readonly read?: (rig: Rig) => ArrayLike<number>;
  /** The result stands elsewhere (`read`); the tensor itself must not change. */
  readonly untouched?: boolean;
  /** What the columns up to a multiple of 8 must be: zero, at least finite, or as they were unless they are zero. */
  readonly padding?: 'zero' | 'finite' | 'untouched';
  /** A row has the same bits, whatever the other rows are. */
  readonly alone?: boolean;
}

/** One example of an op at work. */
export interface Case {
  /** Without OP_END. */
  readonly ops: readonly Op[];
  readonly rows: number;
  /** Inputs may be outputs too (in place, or cleared before). */
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  readonly scratch?: readonly Tensor[];
  readonly order?: readonly number[];
  readonly scalars?: ArrayLike<number>;
  /** Number of the step, which names its random numbers. */
  readonly counter?: number;
}

export interface OpRow {
  readonly name: string;
  /** OP_ */
  readonly code: number;
  /** ACTIVATION_, LOSS_, OPTIMIZER_, METRIC_, NOISE_ or CLIP_ */
  readonly kind?: number;
  /** FLAG_ */
  readonly flags?: number;
  readonly shapes: readonly Shape[];
  readonly build: (shape: Shape, random: Random) => Case;
}

/** Flat row-major values as rows. */
export function toRows(values: readonly number[], columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

/** The values of rows, each with the magnitude of what was added up for it and how many roundings that took. */
export function withMagnitudes(
  values: readonly number[],
  magnitudes: readonly number[],
  bound: (value: number, magnitude: number) => Bounded,
): Bounded[] {
  return values.map((value, at) => bound(value, magnitudes[at]));
}
