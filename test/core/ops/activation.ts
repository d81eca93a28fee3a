/**
 * Activations and their derivatives, in place and apart. Knows no ops beyond these two.
 * Tolerance: 4 ulp for the elementary functions; for softmax the error of e^(z - max), which carries that of z - max, and of
 * the sum, as Φ carries that of z² / 2; for derivatives a few roundings of what is added up, of 1 - y and 1 + y absolutely.
 */
import {
  ACTIVATION_ELU,
  ACTIVATION_GELU,
  ACTIVATION_LEAKY_RELU,
  ACTIVATION_LINEAR,
  ACTIVATION_RELU,
  ACTIVATION_SELU,
  ACTIVATION_SIGMOID,
  ACTIVATION_SILU,
  ACTIVATION_SOFTMAX,
  ACTIVATION_SOFTPLUS,
  ACTIVATION_SOFTSIGN,
  ACTIVATION_TANH,
  OP_ACTIVATION_BACKWARD,
  OP_ACTIVATION_FORWARD,
} from '../../../assembly/abi.js';
import { rowsTensor } from '../../../src/compile/program.js';
import { ACTIVATIONS, type ActivationName, normalCdf, normalDensity, type Row } from '../../reference.js';
import type { Random } from '../../support/random.js';
import { guarded } from '../../support/rig.js';
import { type Bounded, exactly, rounded } from '../../support/rounding.js';
import { type Case, type OpRow, SHAPES, type Shape, toRows } from './row.js';

interface Kind {
  readonly kind: number;
  readonly name: ActivationName;
  /** The op in which it stands apart from its operand, where there is one: nothing is computed for linear. */
  readonly onlyInPlace?: boolean;
  readonly forward: (y: Row, z: Row) => Bounded[];
  readonly backward: (dz: Row, y: Row, dy: Row, z: Row) => Bounded[];
}

const largest = (values: Row): number => Math.max(...values.map(Math.abs));

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

const KINDS: readonly Kind[] = [
  { kind: ACTIVATION_LINEAR, name: 'linear', onlyInPlace: true, forward: (y) => y.map(exactly), backward: (dz) => dz.map(exactly) },
  { kind: ACTIVATION_RELU, name: 'relu', forward: (y) => y.map(exactly), backward: (dz) => dz.map(exactly) },
  {
    kind: ACTIVATION_LEAKY_RELU,
    name: 'leakyRelu',
    forward: (y, z) => y.map((v, c) => (z[c] > 0 ? exactly(v) : rounded(v, 2))),
    backward: (dz, y, dy) => dz.map((d, c) => (y[c] > 0 ? exactly(dy[c]) : rounded(d, 2))),
  },
  {
    kind: ACTIVATION_ELU,
    name: 'elu',
    forward: (y, z) => y.map((v, c) => (z[c] > 0 ? exactly(v) : rounded(v, 8))),
    backward: (dz, y, dy) => dz.map((d, c) => (y[c] > 0 ? exactly(dy[c]) : rounded(d, 4, Math.abs(dy[c])))),
  },
  {
    kind: ACTIVATION_SELU,
    name: 'selu',
    forward: (y) => y.map((v) => rounded(v, 10)),
    backward: (dz, _, dy) => dz.map((d, c) => rounded(d, 5, 2 * Math.abs(dy[c]))),
  },
  {
    kind: ACTIVATION_GELU,
    name: 'gelu',
    forward: (y, z) => y.map((v, c) => rounded(v, 12 + 2 * z[c] ** 2)),
    backward: (dz, _, dy, z) =>
      dz.map((d, c) => rounded(d, 14 + 2 * z[c] ** 2, Math.abs(dy[c]) * (normalCdf(z[c]) + Math.abs(z[c]) * normalDensity(z[c])))),
  },
  {
    kind: ACTIVATION_SILU,
    name: 'silu',
    forward: (y) => y.map((v) => rounded(v, 9)),
    backward: (dz, _, dy, z) => dz.map((d, c) => rounded(d, 14, Math.abs(dy[c]) * sigmoid(z[c]) * (1 + Math.abs(z[c])))),
  },
  {
    kind: ACTIVATION_SOFTPLUS,
    name: 'softplus',
    forward: (y) => y.map((v) => rounded(v, 8)),
    backward: (dz) => dz.map((d) => rounded(d, 9)),
  },
  {
    kind: ACTIVATION_SOFTSIGN,
    name: 'softsign',
    forward: (y) => y.map((v) => rounded(v, 2)),
    backward: (dz) => dz.map((d) => rounded(d, 5)),
  },
  {
    kind: ACTIVATION_SIGMOID,
    name: 'sigmoid',
    forward: (y) => y.map((v) => rounded(v, 8)),
    backward: (dz) => dz.map((d) => rounded(d, 4)),
  },
  {
    kind: ACTIVATION_TANH,
    name: 'tanh',
    forward: (y) => y.map((v) => rounded(v, 8)),
    backward: (dz, _, dy) => dz.map((d, c) => rounded(d, 4, Math.abs(dy[c]))),
  },
  {
    kind: ACTIVATION_SOFTMAX,
    name: 'softmax',
    forward: (y, z) => y.map((v) => rounded(v, y.length + 10 + 2 * largest(z))),
    backward: (dz, y, dy) => dz.map((d, c) => rounded(d, y.length + 6, y[c] * (Math.abs(dy[c]) + largest(dy)))),
  },
];

/** Every seventh number becomes 0, where some have a kink. */
function atKinks(z: Row): Row {
  return z.map((v, at) => (at % 7 === 3 ? 0 : v));
}

function forwardRow({ kind, name, forward }: Kind, inPlace: boolean): OpRow {
  const build = ({ rows, units }: Shape, random: Random): Case => {
    const z = guarded(rowsTensor('z', rows + 1, units));
    const y = inPlace ? z : guarded(rowsTensor('y', rows + 1, units));
    const values = atKinks(random.floats(rows * units, -4, 4));
    const expected = toRows(values, units).flatMap((row) => forward(ACTIVATIONS[name].value(row), row));
    return {
      ops: [{ code: OP_ACTIVATION_FORWARD, operands: [z, y], kind }],
      rows,
      inputs: [{ tensor: z, values, perRow: true }],
      outputs: [{ tensor: y, expected, padding: 'finite', alone: true }],
    };
  };
  return { name: `${name}${inPlace ? ' in place' : ''}`, code: OP_ACTIVATION_FORWARD, kind, shapes: SHAPES, build };
}

/** The derivative takes y as f32 holds it, so the oracle does too. */
function backwardRow({ kind, name, backward }: Kind, inPlace: boolean): OpRow {
  const build = ({ rows, units }: Shape, random: Random): Case => {
    const z = guarded(rowsTensor('z', rows + 1, units));
    const y = guarded(rowsTensor('y', rows + 1, units));
    const dy = guarded(rowsTensor('dy', rows + 1, units));
    const dz = inPlace ? dy : guarded(rowsTensor('dz', rows + 1, units));
    const zRows = toRows(atKinks(random.floats(rows * units, -4, 4)), units);
    const yRows = zRows.map((row) => ACTIVATIONS[name].value(row).map(Math.fround));
    const dyRows = toRows(random.floats(rows * units), units);
    const expected = zRows.flatMap((row, r) => backward(ACTIVATIONS[name].backward(row, yRows[r], dyRows[r]), yRows[r], dyRows[r], row));
    return {
      ops: [{ code: OP_ACTIVATION_BACKWARD, operands: [z, y, dy, dz], kind }],
      rows,
      inputs: [
        { tensor: z, values: zRows.flat(), perRow: true },
        { tensor: y, values: yRows.flat(), perRow: true },
        { tensor: dy, values: dyRows.flat(), perRow: true },
      ],
      outputs: [{ tensor: dz, expected, padding: 'zero', alone: true }],
    };
  };
  return { name: `${name} backward${inPlace ? ' in place' : ''}`, code: OP_ACTIVATION_BACKWARD, kind, shapes: SHAPES, build };
}

const places = ({ onlyInPlace }: Kind): boolean[] => (onlyInPlace ? [true] : [true, false]);

export const ACTIVATION_ROWS: readonly OpRow[] = KINDS.flatMap((kind) =>
  places(kind).flatMap((inPlace) => [forwardRow(kind, inPlace), backwardRow(kind, inPlace)]),
);
