/**
 * Dropout and Gaussian noise against their definition (support/noise.ts): which elements, bit for bit. What their numbers are
 * like as a whole is tested in noise.test.ts. Tolerance of Gaussian noise: 2e-6 of it and what rounding to 24 bits moves.
 */
import { NOISE_DROPOUT, NOISE_GAUSSIAN, OP_NOISE_BACKWARD, OP_NOISE_FORWARD } from '../../../assembly/abi.js';
import { rowsTensor } from '../../../src/compile/program.js';
import { type Matrix, normalDensity } from '../../reference.js';
import { dropoutMask, gaussianNoise, type randomBits } from '../../support/noise.js';
import type { Random } from '../../support/random.js';
import { guarded } from '../../support/rig.js';
import { type Bounded, exactly, rounded, U } from '../../support/rounding.js';
import { type Case, type OpRow, SHAPES, type Shape, toRows } from './row.js';

interface Kind {
  readonly name: string;
  readonly kind: number;
  readonly amount: number;
  readonly forward: (x: Matrix, draw: Parameters<typeof randomBits>, amount: number) => Bounded[];
  readonly backward: (dy: Matrix, draw: Parameters<typeof randomBits>, amount: number) => Bounded[];
}

/** A float and the factor 1 / (1 - rate) give three roundings; what is dropped is 0. */
function masked(x: Matrix, draw: Parameters<typeof randomBits>, rate: number): Bounded[] {
  const mask = dropoutMask(rate, ...draw);
  return x.flatMap((row, r) => row.map((v, c) => (mask[r][c] ? rounded(v * mask[r][c], 4) : exactly(0))));
}

const unchanged = (x: Matrix): Bounded[] => x.flat().map(exactly);

function noisy(x: Matrix, draw: Parameters<typeof randomBits>, deviation: number): Bounded[] {
  const noise = gaussianNoise(deviation, ...draw);
  return x.flatMap((row, r) =>
    row.map((v, c) => {
      const moved = (deviation * 2 * U) / normalDensity(noise[r][c] / deviation);
      return { value: v + noise[r][c], error: 2e-6 * Math.abs(noise[r][c]) + moved + 2 * U * Math.abs(v) };
    }),
  );
}

const KINDS: readonly Kind[] = [
  { name: 'dropout', kind: NOISE_DROPOUT, amount: 0.3, forward: masked, backward: masked },
  { name: 'dropout of nearly all', kind: NOISE_DROPOUT, amount: 0.95, forward: masked, backward: masked },
  { name: 'dropout of nothing', kind: NOISE_DROPOUT, amount: 0, forward: unchanged, backward: unchanged },
  { name: 'Gaussian noise', kind: NOISE_GAUSSIAN, amount: 0.25, forward: noisy, backward: unchanged },
  { name: 'Gaussian noise of nothing', kind: NOISE_GAUSSIAN, amount: 0, forward: unchanged, backward: unchanged },
];

function noiseRow({ name, kind, amount: given, ...bounds }: Kind, way: 'forward' | 'backward', inPlace: boolean): OpRow {
  const amount = Math.fround(given);
  const code = way === 'forward' ? OP_NOISE_FORWARD : OP_NOISE_BACKWARD;
  const build = ({ rows, units }: Shape, random: Random): Case => {
    const x = guarded(rowsTensor('x', rows + 1, units));
    const y = inPlace ? x : guarded(rowsTensor('y', rows + 1, units));
    const values = random.floats(rows * units, 0.1, 2);
    const [seed, counter] = [random.integer(0, 2 ** 32 - 1), random.integer(0, 2 ** 20)];
    return {
      ops: [{ code, operands: [x, y], kind, scalar: amount, seed }],
      rows,
      inputs: [{ tensor: x, values }],
      outputs: [{ tensor: y, expected: bounds[way](toRows(values, units), [seed, counter, rows, units], amount), padding: 'zero' }],
      counter,
    };
  };
  return { name: `${name} ${way}${inPlace ? ' in place' : ''}`, code, kind, shapes: SHAPES, build };
}

export const NOISE_ROWS: readonly OpRow[] = KINDS.flatMap((kind) => [
  noiseRow(kind, 'forward', false),
  noiseRow(kind, 'backward', false),
  noiseRow(kind, 'backward', true),
]);
