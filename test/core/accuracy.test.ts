/**
 * How exact the core's elementary functions are, over a dense grid and at its ends: each is reached through an activation or a
 * loss of one column, whose f32 result is compared with the float64 value. At most 4 ulp, or what is below the
 * smallest normal number; gelu a little more where
 * the exponent of Φ, about -x² / 2, carries its own rounding.
 */
import { expect, it } from 'vitest';
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
  DTYPE_F32,
  FLAG_FUSED,
  LOSS_BINARY_CROSSENTROPY,
  LOSS_CATEGORICAL_CROSSENTROPY,
  OP_ACTIVATION_BACKWARD,
  OP_ACTIVATION_FORWARD,
  OP_LOSS,
  STATUS_OK,
} from '../../assembly/abi.js';
import { flatTensor, rowsTensor } from '../../src/compile/program.js';
import type { BinaryName } from '../../src/runtime/module.js';
import { ACTIVATIONS, type ActivationName } from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { Rig } from '../support/rig.js';
import { SMALLEST, ulp } from '../support/rounding.js';

const ULPS = 4;
/** Where e^x goes over to 0; times x in some. */
const TINY = 1.2e-38;

/** Between -100 and 100 in small steps, and every magnitude from 1e-38 to 1e4; f32, both signs. */
const GRID = [
  ...Array.from({ length: 40_001 }, (_, index) => (index - 20_000) / 200.03),
  ...Array.from({ length: 8_401 }, (_, index) => 10 ** (index / 200 - 38)).flatMap((x) => [x, -x]),
  ...[0, 1e-30, 0.625, 1, 87.33654, 88, 88.72284, 104, 1e4].flatMap((x) => [x, -x]),
].map(Math.fround);
const INFINITE = [Infinity, -Infinity];
/** Where a logarithm is taken: normal numbers above 0. */
const POSITIVE = GRID.filter((x) => x >= SMALLEST);

type Evaluate = (binary: BinaryName, x: readonly number[]) => number[];

/** One activation of a row as long as the grid. */
const elementwise =
  (kind: number): Evaluate =>
  (binary, x) => {
    const z = rowsTensor('z', 1, x.length);
    const rig = new Rig(binary, [{ code: OP_ACTIVATION_FORWARD, operands: [z, z], kind }]);
    rig.put(z, x);
    expect(rig.run({ rows: 1 }).status).toEqual([STATUS_OK]);
    return rig.get(z);
  };

/** Softmax of rows [x, 0]: its first column. */
const softmaxOfTwo: Evaluate = (binary, x) => {
  const z = rowsTensor('z', x.length, 2);
  const rig = new Rig(binary, [{ code: OP_ACTIVATION_FORWARD, operands: [z, z], kind: ACTIVATION_SOFTMAX }]);
  rig.put(
    z,
    x.flatMap((v) => [v, 0]),
  );
  rig.run({ rows: x.length });
  return rig.get(z).filter((_, at) => at % 2 === 0);
};

/** A loss of rows of one column with the same target. */
const loss =
  (kind: number, flags: number, target: number): Evaluate =>
  (binary, x) => {
    const [p, t, spare] = ['p', 't', 'spare'].map((name) => rowsTensor(name, x.length, 1));
    const losses = flatTensor('losses', x.length, DTYPE_F32, 4);
    const rig = new Rig(binary, [{ code: OP_LOSS, operands: [p, t, undefined, losses, undefined, spare], kind, flags }]);
    rig.put(p, x);
    rig.put(
      t,
      x.map(() => target),
    );
    rig.run({ rows: x.length });
    return rig.get(losses);
  };

interface Row {
  readonly name: string;
  readonly x: readonly number[];
  readonly exact: (x: number) => number;
  readonly evaluate: Evaluate;
  /** Where it is not 4. */
  readonly ulps?: (x: number) => number;
}

const ELEMENTWISE: readonly { name: ActivationName; kind: number; ulps?: (x: number) => number }[] = [
  { name: 'linear', kind: ACTIVATION_LINEAR, ulps: () => 0 },
  { name: 'relu', kind: ACTIVATION_RELU, ulps: () => 0 },
  { name: 'leakyRelu', kind: ACTIVATION_LEAKY_RELU },
  { name: 'elu', kind: ACTIVATION_ELU },
  { name: 'selu', kind: ACTIVATION_SELU },
  { name: 'gelu', kind: ACTIVATION_GELU, ulps: (x) => 8 + 2 * Math.min(x, 0) ** 2 },
  { name: 'silu', kind: ACTIVATION_SILU },
  // For negative x this is exp(x) but for its last steps.
  { name: 'sigmoid', kind: ACTIVATION_SIGMOID },
  { name: 'tanh', kind: ACTIVATION_TANH },
  { name: 'softplus', kind: ACTIVATION_SOFTPLUS },
  { name: 'softsign', kind: ACTIVATION_SOFTSIGN },
];

const FUNCTIONS: readonly Row[] = [
  ...ELEMENTWISE.map(({ name, kind, ulps }) => ({
    name,
    x: [...GRID, ...INFINITE],
    exact: (x: number) => ACTIVATIONS[name].value([x])[0],
    evaluate: elementwise(kind),
    ulps,
  })),
  { name: 'softmax of two', x: GRID, exact: (x) => 1 / (1 + Math.exp(-x)), evaluate: softmaxOfTwo },
  { name: 'minus logarithm', x: POSITIVE, exact: (x) => -Math.log(x), evaluate: loss(LOSS_CATEGORICAL_CROSSENTROPY, 0, 1) },
  {
    name: 'softplus in a loss',
    x: GRID,
    exact: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    evaluate: loss(LOSS_BINARY_CROSSENTROPY, FLAG_FUSED, 0),
  },
];

describeBinaries('elementary functions', (binary) => {
  it.each(FUNCTIONS)('$name is right to some ulp', ({ x, exact, evaluate, ulps = () => ULPS }) => {
    const bad = evaluate(binary, x).flatMap((actual, at) => {
      const expected = exact(x[at]);
      const error = Math.abs(actual - expected);
      return actual === expected || error <= ulps(x[at]) * ulp(expected) || error <= TINY * Math.max(1, Math.abs(x[at]))
        ? []
        : [`at ${x[at]}: ${actual}, expected ${expected}, ${error / ulp(expected)} ulp`];
    });
    expect(bad.slice(0, 5)).toEqual([]);
  });

  it.each([...ELEMENTWISE, { name: 'softmax' as const, kind: ACTIVATION_SOFTMAX }])('$name of NaN is NaN', ({ kind }) => {
    expect(elementwise(kind)(binary, [Number.NaN])).toEqual([Number.NaN]);
  });

  it.each([
    { name: 'linear', kind: ACTIVATION_LINEAR },
    { name: 'tanh', kind: ACTIVATION_TANH },
    { name: 'leakyRelu', kind: ACTIVATION_LEAKY_RELU },
    { name: 'softsign', kind: ACTIVATION_SOFTSIGN },
  ])('$name keeps the sign of zero', ({ kind }) => {
    expect(elementwise(kind)(binary, [0, -0])).toEqual([0, -0]);
  });

  it.each(ELEMENTWISE)('$name has a derivative that is finite and right at its ends', ({ name, kind }) => {
    const z = [0, -0, 1e-30, -1e-30, 88, -88, 88.8, -88.8, 1e4, -1e4, 1e10, -1e10].map(Math.fround);
    const y = ACTIVATIONS[name].value(z).map(Math.fround);
    const dy = z.map(() => 1);
    const tensors = ['z', 'y', 'dy'].map((tensor) => rowsTensor(tensor, 1, z.length));
    const rig = new Rig(binary, [{ code: OP_ACTIVATION_BACKWARD, operands: [...tensors, tensors[2]], kind }]);
    for (const [index, values] of [z, y, dy].entries()) rig.put(tensors[index], values);
    rig.run({ rows: 1 });
    const expected = ACTIVATIONS[name].backward(z, y, dy);
    const bad = rig
      .get(tensors[2])
      .flatMap((d, at) => (Math.abs(d - expected[at]) <= 1e-6 ? [] : [`at ${z[at]}: ${d}, expected ${expected[at]}`]));
    expect(bad).toEqual([]);
  });
});
