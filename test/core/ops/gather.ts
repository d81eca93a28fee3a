/** Rows of the data brought into the batch: every dtype, scaled or not, in a given order or as they come. Exact. */
import {
  ACTIVATION_RELU,
  DTYPE_F32,
  DTYPE_I32,
  DTYPE_U8,
  FLAG_OPEN,
  FLAG_SCALE,
  OP_ACTIVATION_FORWARD,
  OP_END,
  OP_GATHER,
  OP_HOST,
  OP_SECTION,
} from '../../../assembly/abi.js';
import { flatTensor, rowsTensor } from '../../../src/compile/program.js';
import type { Random } from '../../support/random.js';
import { guarded } from '../../support/rig.js';
import { exactly } from '../../support/rounding.js';
import { type Case, type OpRow, SHAPES, type Shape, toRows } from './row.js';

interface Source {
  readonly name: string;
  readonly dtype: number;
  readonly size: number;
  /** The factor as f32 holds it. */
  readonly scale?: number;
  readonly draw: (count: number, random: Random) => number[];
}

const whole = (low: number, high: number) => (count: number, random: Random) =>
  Array.from({ length: count }, () => random.integer(low, high));
const SCALE = Math.fround(1 / 255);

const SOURCES: readonly Source[] = [
  { name: 'u8', dtype: DTYPE_U8, size: 1, draw: whole(0, 255) },
  { name: 'u8 scaled', dtype: DTYPE_U8, size: 1, scale: SCALE, draw: whole(0, 255) },
  { name: 'f32', dtype: DTYPE_F32, size: 4, draw: (count, random) => random.floats(count, -1e3, 1e3) },
  { name: 'f32 scaled', dtype: DTYPE_F32, size: 4, scale: SCALE, draw: (count, random) => random.floats(count, -1e3, 1e3) },
  { name: 'i32', dtype: DTYPE_I32, size: 4, draw: whole(-(2 ** 30), 2 ** 30) },
];

function gatherRow({ name, dtype, size, scale, draw }: Source, ordered: boolean): OpRow {
  const flags = scale === undefined ? 0 : FLAG_SCALE;
  const build = ({ rows, units }: Shape, random: Random): Case => {
    const labels = dtype === DTYPE_I32;
    const columns = labels ? 1 : units;
    const sourceRows = rows + 3;
    const flat = flatTensor('source', sourceRows * columns, dtype, size);
    const source = guarded({ ...flat, rows: sourceRows, columns, stride: columns * size });
    const batch = guarded(labels ? flatTensor('batch', rows + 1, DTYPE_I32, 4) : rowsTensor('batch', rows + 1, columns));
    const values = draw(sourceRows * columns, random);
    const data = toRows(values, columns);
    const order = ordered ? whole(0, sourceRows - 1)(rows, random) : undefined;
    const picked = (order ?? Array.from({ length: rows }, (_, r) => r)).flatMap((r) => data[r]);
    return {
      ops: [{ code: OP_GATHER, operands: [source, batch], flags, scalar: scale }],
      rows,
      inputs: [{ tensor: source, values }],
      outputs: [
        {
          tensor: batch,
          expected: picked.map((v) => exactly(scale === undefined ? v : Math.fround(v * scale))),
          padding: labels ? undefined : 'untouched',
        },
      ],
      order,
    };
  };
  return { name: `gather ${name}${ordered ? ' in order' : ''}`, code: OP_GATHER, flags, shapes: SHAPES, build };
}

/** Ops that compute nothing: one thread passes over a section; at its end, and where the host takes over, the core stops. */
function idleRow(name: string, code: number, goesOn: boolean, flags = 0): OpRow {
  const build = ({ rows, units }: Shape, random: Random): Case => {
    const z = guarded(rowsTensor('z', rows, units));
    const values = random.floats(rows * units);
    const expected = values.map((value) => exactly(goesOn ? Math.max(value, 0) : value));
    return {
      ops: [
        { code, operands: [z], flags, members: 1 },
        { code: OP_ACTIVATION_FORWARD, operands: [z, z], kind: ACTIVATION_RELU },
      ],
      rows,
      inputs: [{ tensor: z, values, perRow: true }],
      outputs: [{ tensor: z, expected, untouched: !goesOn }],
    };
  };
  return { name, code, flags, shapes: SHAPES.slice(1, 3), build };
}

export const GATHER_ROWS: readonly OpRow[] = SOURCES.flatMap((source) => [gatherRow(source, false), gatherRow(source, true)]);
export const IDLE_ROWS: readonly OpRow[] = [
  idleRow('end', OP_END, false),
  idleRow('section', OP_SECTION, true, FLAG_OPEN),
  idleRow('host', OP_HOST, false),
];
