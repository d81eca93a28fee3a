/**
 * Every op of the core against the oracle, on sizes that meet every tile and remainder. The tests are generated from the table
 * in ops/; what an op means stands there, what must hold for all of them here.
 */
import { describe, expect, it } from 'vitest';
import * as abi from '../../assembly/abi.js';
import { LAYOUT_FLAT } from '../../assembly/abi.js';
import { OP_FIELDS } from '../../src/compile/print.js';
import type { BinaryName } from '../../src/runtime/module.js';
import { describeBinaries } from '../support/binaries.js';
import { seeded } from '../support/random.js';
import { Rig } from '../support/rig.js';
import { violations } from '../support/rounding.js';
import { type Case, type OpRow, type Output, SHAPES, type Shape, SIZES } from './ops/row.js';
import { OP_TABLE } from './ops/table.js';

/** Which rows a family of constants must appear in, and as what. */
const FAMILIES: readonly { prefix: string; has: (row: OpRow, value: number) => boolean }[] = [
  { prefix: 'OP_', has: (row, value) => row.code === value },
  { prefix: 'FLAG_', has: (row, value) => Boolean((row.flags ?? 0) & value) },
  { prefix: 'ACTIVATION_', has: (row, value) => row.code === abi.OP_ACTIVATION_FORWARD && row.kind === value },
  { prefix: 'ACTIVATION_', has: (row, value) => row.code === abi.OP_ACTIVATION_BACKWARD && row.kind === value },
  { prefix: 'LOSS_', has: (row, value) => row.code === abi.OP_LOSS && row.kind === value },
  { prefix: 'OPTIMIZER_', has: (row, value) => row.code === abi.OP_UPDATE && row.kind === value },
  { prefix: 'NOISE_', has: (row, value) => row.code === abi.OP_NOISE_FORWARD && row.kind === value },
  { prefix: 'NOISE_', has: (row, value) => row.code === abi.OP_NOISE_BACKWARD && row.kind === value },
  { prefix: 'CLIP_', has: (row, value) => row.code === abi.OP_CLIP && row.kind === value },
  { prefix: 'METRIC_', has: (row, value) => row.code === abi.OP_METRIC && row.kind === value },
];

/** A whole step in one op, which chain.test.ts holds against the ops it stands for. */
const WHOLE_STEP = ['OP_CHAIN', 'OP_LINK', 'FLAG_UPDATE'];

describe('the table of ops', () => {
  const constants = Object.entries(abi as Record<string, number>).filter(([name]) => ![...OP_FIELDS, ...WHOLE_STEP].includes(name));

  it.each(FAMILIES)('has a row for every $prefix constant', ({ prefix, has }) => {
    const family = constants.filter(([name]) => name.startsWith(prefix));
    expect(family.length).toBeGreaterThan(1);
    expect(family.filter(([, value]) => !OP_TABLE.some((row) => has(row, value)))).toEqual([]);
  });

  it('has every size in every role', () => {
    for (const role of ['rows', 'inputs', 'units'] as const) {
      expect(SHAPES.map((shape) => shape[role]).sort((a, b) => a - b)).toEqual(SIZES);
    }
  });

  it('names each row once', () => {
    expect(new Set(OP_TABLE.map(({ name }) => name)).size).toBe(OP_TABLE.length);
  });
});

function run(rig: Rig, { inputs, rows, order, scalars, counter }: Case): void {
  rig.reset();
  for (const { tensor, values } of inputs) rig.put(tensor, values);
  expect(rig.run({ rows, order, scalars, counter })).toMatchObject({ done: 1, status: [abi.STATUS_OK] });
}

/** Values of an output: all of a kernel or a vector, of rows those of the batch. */
function read(rig: Rig, { tensor, read: own, expected }: Output): number[] {
  return Array.from(
    own?.(rig) ?? rig.get(tensor, tensor.layout === LAYOUT_FLAT && tensor.rows === 1 ? 1 : expected.length / tensor.columns),
  );
}

/** What padding may be; poison is a NaN. */
const PADDING: Record<NonNullable<Output['padding']>, (value: number) => boolean> = {
  zero: (value) => value === 0,
  finite: Number.isFinite,
  untouched: (value) => value === 0 || Number.isNaN(value),
};

/** Values in the columns behind a tensor's own, up to a multiple of 8. */
function paddingOf(rig: Rig, { tensor, expected }: Output): number[] {
  const padded = rig.get(tensor, expected.length / tensor.columns, true);
  const width = Math.ceil(tensor.columns / 8) * 8;
  return padded.filter((_, at) => at % width >= tensor.columns);
}

/** The same op on row `r` alone. */
function alone(example: Case, r: number): Case {
  const { inputs, rows, order } = example;
  const cut = (values: readonly number[]): number[] => values.slice((r * values.length) / rows, ((r + 1) * values.length) / rows);
  return {
    ...example,
    rows: 1,
    order: order && [order[r]],
    inputs: inputs.map((input) => (input.perRow ? { ...input, values: cut(input.values) } : input)),
  };
}

function testShape(row: OpRow, shape: Shape, binary: BinaryName): void {
  const example = row.build(shape, seeded(shape.rows * 10007 + shape.inputs * 101 + shape.units));
  const rig = new Rig(binary, example.ops);
  run(rig, example);
  for (const output of example.outputs) {
    expect(violations(read(rig, output), output.expected), output.tensor.name).toEqual([]);
    if (!output.padding) continue;
    const isGood = PADDING[output.padding];
    expect(
      paddingOf(rig, output).filter((value) => !isGood(value)),
      `${output.tensor.name}, padding`,
    ).toEqual([]);
  }
  const written = example.outputs
    .filter(({ untouched }) => !untouched)
    .map(({ tensor, expected }) => ({ tensor, rows: tensor.layout === LAYOUT_FLAT ? undefined : expected.length / tensor.columns }));
  expect(rig.trespasses([...written, ...(example.scratch ?? []).map((tensor) => ({ tensor }))])).toEqual([]);
}

/** Every row of the batch, or of a large batch some, computed alone. */
function testRows(row: OpRow, shape: Shape, binary: BinaryName): void {
  const example = row.build(shape, seeded(7));
  const rig = new Rig(binary, example.ops);
  run(rig, example);
  const together = example.outputs.map((output) => read(rig, output));
  for (const r of [0, 1, 5, 31, 32, 62, 63, 64]) {
    const single = alone(example, r);
    run(rig, single);
    for (const [index, output] of example.outputs.entries()) {
      if (!output.alone) continue;
      const { columns } = output.tensor;
      expect(rig.get(output.tensor, 1), `row ${r} of ${output.tensor.name}`).toEqual(together[index].slice(r * columns, (r + 1) * columns));
    }
  }
}

describeBinaries('op', (binary) => {
  for (const row of OP_TABLE) {
    describe(row.name, () => {
      it.each(row.shapes)('is what the oracle says and writes nothing else: $rows rows, $inputs inputs, $units units', (shape) => {
        testShape(row, shape, binary);
      });

      it('takes a batch of no rows, and writes nothing but its own', () => {
        const full = row.build({ rows: 3, inputs: 5, units: 9 }, seeded(3));
        const rig = new Rig(binary, full.ops);
        rig.reset();
        for (const { tensor, values } of full.inputs) rig.put(tensor, values);
        expect(rig.run({ rows: 0, order: full.order, scalars: full.scalars }).done).toBe(1);
        const own = [...full.outputs.map(({ tensor }) => tensor), ...(full.scratch ?? [])];
        expect(rig.trespasses(own.map((tensor) => ({ tensor })))).toEqual([]);
      });

      const example = row.build({ rows: 1, inputs: 1, units: 2 }, seeded(1));
      if (!example.outputs.some((output) => output.alone)) return;
      it.each([3, 4, 21, 33])('gives each of 65 rows the bits it has alone, %i units', (units) => {
        testRows(row, { rows: 65, inputs: 19, units }, binary);
      });
    });
  }
});
