/** What the random numbers of dropout and Gaussian noise are like as a whole, and what they depend on. Knows no networks. */
import { expect, it } from 'vitest';
import { NOISE_DROPOUT, NOISE_GAUSSIAN, OP_NOISE_BACKWARD, OP_NOISE_FORWARD } from '../../assembly/abi.js';
import { rowsTensor } from '../../src/compile/program.js';
import type { BinaryName } from '../../src/runtime/module.js';
import { normalCdf, type Row, total } from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { randomBits } from '../support/noise.js';
import { Rig } from '../support/rig.js';

const ROWS = 100;
const COLUMNS = 80;
const COUNT = ROWS * COLUMNS;

interface Draw {
  readonly kind: number;
  readonly amount: number;
  readonly seed: number;
  readonly counter: number;
  readonly code?: number;
  readonly rows?: number;
  readonly columns?: number;
}

/** What becomes of the same number everywhere. */
function draw(binary: BinaryName, value: number, given: Draw): Row {
  const { kind, amount, seed, counter, code = OP_NOISE_FORWARD, rows = ROWS, columns = COLUMNS } = given;
  const x = rowsTensor('x', rows, columns);
  const rig = new Rig(binary, [{ code, operands: [x, x], kind, scalar: amount, seed }]);
  rig.put(x, Array<number>(rows * columns).fill(value));
  rig.run({ rows, counter });
  return rig.get(x);
}

const DROPOUT: Draw = { kind: NOISE_DROPOUT, amount: 0.3, seed: 12345, counter: 7 };
const GAUSSIAN: Draw = { kind: NOISE_GAUSSIAN, amount: 2, seed: 12345, counter: 7 };

const correlation = (a: Row, b: Row): number => {
  const centred = (values: Row): Row => {
    const mean = total(values) / values.length;
    return values.map((v) => v - mean);
  };
  const [p, q] = [centred(a), centred(b)];
  return total(p.map((v, at) => v * q[at])) / Math.sqrt(total(p.map((v) => v * v)) * total(q.map((v) => v * v)));
};

/** Five standard errors of a mean of independent numbers of variance 1. */
const CHANCE = 5 / Math.sqrt(COUNT);

describeBinaries('noise', (binary) => {
  it.each([0.1, 0.3, 0.5, 0.9])('dropout drops a share of %d and scales the rest', (amount) => {
    const y = draw(binary, 1, { ...DROPOUT, amount });
    expect(Math.abs(y.filter((v) => v === 0).length / COUNT - amount)).toBeLessThan(CHANCE * Math.sqrt(amount * (1 - amount)));
    expect(new Set(y.filter((v) => v !== 0)).size).toBe(1);
    expect(Math.max(...y) * (1 - amount)).toBeCloseTo(1, 6);
  });

  it.each([DROPOUT, GAUSSIAN])('gives the same bits again, and others for another seed or step: %o', (given) => {
    const once = draw(binary, 1, given);
    expect(draw(binary, 1, given)).toEqual(once);
    for (const other of [{ seed: 12346 }, { counter: 8 }, { seed: 7, counter: 12345 }, { counter: 7 + 2 ** 31 }]) {
      expect(Math.abs(correlation(once, draw(binary, 1, { ...given, ...other })))).toBeLessThan(CHANCE);
    }
  });

  it.each([DROPOUT, GAUSSIAN])('has no pattern along rows and columns: %o', (given) => {
    const y = draw(binary, 1, given);
    for (const distance of [1, 2, 3, 4, 8, COLUMNS, COLUMNS + 1]) {
      expect(Math.abs(correlation(y.slice(distance), y.slice(0, -distance))), `distance ${distance}`).toBeLessThan(CHANCE);
    }
  });

  it('does not depend on the rows beside', () => {
    const together = draw(binary, 1, DROPOUT);
    expect(draw(binary, 1, { ...DROPOUT, rows: 3 })).toEqual(together.slice(0, 3 * COLUMNS));
  });

  it('takes the same mask on the way back, where Gaussian noise lets everything pass', () => {
    expect(draw(binary, 1, { ...DROPOUT, code: OP_NOISE_BACKWARD })).toEqual(draw(binary, 1, DROPOUT));
    expect(new Set(draw(binary, 3, { ...GAUSSIAN, code: OP_NOISE_BACKWARD }))).toEqual(new Set([3]));
  });

  it('Gaussian noise has the mean, the deviation and the quantiles of a normal distribution', () => {
    const noise = draw(binary, 0, GAUSSIAN).map((v) => v / GAUSSIAN.amount);
    expect(Math.abs(total(noise) / COUNT)).toBeLessThan(CHANCE);
    expect(Math.abs(total(noise.map((v) => v * v)) / COUNT - 1)).toBeLessThan(CHANCE * Math.SQRT2);
    for (const x of [-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3]) {
      const p = normalCdf(x);
      expect(Math.abs(noise.filter((v) => v < x).length / COUNT - p), `at ${x}`).toBeLessThan(CHANCE * Math.sqrt(p * (1 - p)));
    }
  });

  it.each([
    { which: 'lowest', counter: 20462384, bits: 0, about: -5.42 },
    { which: 'highest', counter: 3006314, bits: 2 ** 24 - 1, about: 5.42 },
  ])('Gaussian noise of the $which random number there is stays within 6 deviations', ({ counter, bits, about }) => {
    // A step in which the first element draws that number.
    expect(randomBits(1, counter, 1, 1)).toEqual([[bits]]);
    const [noise] = draw(binary, 0, { kind: NOISE_GAUSSIAN, amount: 1, seed: 1, counter, rows: 1, columns: 1 });
    expect(Math.abs(noise - about), `it is ${noise}`).toBeLessThan(0.5);
  });
});
