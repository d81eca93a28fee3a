/**
 * The three products of a dense layer, against the oracle's dense layer. Knows nothing of tiles but their sizes.
 * Tolerance: a sum of n products errs by at most (n + 2) · U · Σ|products|, and that sum is the oracle's on absolute values.
 */
import {
  DTYPE_F32,
  FLAG_RELU,
  OP_DENSE_BACKWARD_INPUT,
  OP_DENSE_BACKWARD_WEIGHTS,
  OP_DENSE_FORWARD,
  OP_TILES,
  WEIGHTS_BLOCK_INPUTS,
  WEIGHTS_BLOCK_ROWS,
} from '../../../assembly/abi.js';
import { inputScratch, panelCount, panelStride, vectorBytes, weightsScratch } from '../../../src/compile/layout.js';
import { flatTensor, kernelTensor, rowsTensor, runTensor, type Tensor } from '../../../src/compile/program.js';
import { type DenseSpec, LAYERS } from '../../reference.js';
import type { Random } from '../../support/random.js';
import { guarded } from '../../support/rig.js';
import { type Bounded, rounded } from '../../support/rounding.js';
import { type Case, type OpRow, SHAPES, type Shape, toRows, withMagnitudes } from './row.js';

/** Remainders of the tiles: rows up to 13 meet narrow and wide last panels, one row meets 1 to 9 panels, inputs up to 13. */
const REMAINDERS: readonly Shape[] = [
  ...Array.from({ length: 13 }, (_, index) => ({ rows: index + 1, inputs: 6, units: index % 2 ? 4 : 14 })),
  ...Array.from({ length: 13 }, (_, index) => ({ rows: index + 1, inputs: 10, units: index % 2 ? 13 : 11 })),
  ...Array.from({ length: 9 }, (_, index) => ({ rows: 1, inputs: 7, units: 8 * index + 2 })),
  ...Array.from({ length: 13 }, (_, index) => ({ rows: 4, inputs: index + 1, units: index % 2 ? 2 : 6 })),
  // Tiles of two panels and blocks of 32 inputs: heights and inputs up to two tiles, panels in pairs, and one left over.
  ...Array.from({ length: 13 }, (_, index) => ({ rows: index + 1, inputs: 35 - index, units: index % 2 ? 29 : 18 })),
  ...Array.from({ length: 13 }, (_, index) => ({ rows: index % 2 ? 2 : 7, inputs: 29 + index, units: index + 9 })),
  // Four steps a turn with and without steps left, transposed inputs in part blocks and in more than one.
  ...Array.from({ length: 5 }, (_, index) => ({ rows: index + 15, inputs: index + 18, units: 35 - 3 * index })),
  { rows: WEIGHTS_BLOCK_ROWS + 3, inputs: WEIGHTS_BLOCK_INPUTS + 5, units: 17 },
  { rows: WEIGHTS_BLOCK_ROWS + 2, inputs: 9, units: 3 },
];

const DENSE_SHAPES = [...SHAPES, ...REMAINDERS];

function kernelOf(name: string, inputs: number, units: number): Tensor {
  const bytes = panelStride(inputs) * panelCount(units);
  return guarded(kernelTensor(name, { name, bytes, life: 'kept' }, 0, inputs, units));
}

function biasOf(name: string, units: number): Tensor {
  const bytes = vectorBytes(units);
  return guarded(runTensor(name, { name, bytes, life: 'kept' }, 0, units, bytes));
}

const absolute = (values: readonly number[]): number[] => values.map(Math.abs);

/** The oracle's layer on the numbers themselves and on their magnitudes: what is expected, and what it was added up from. */
function bothWays(run: (prepare: (values: readonly number[]) => number[]) => readonly number[], terms: number): Bounded[] {
  return withMagnitudes(
    run((values) => [...values]),
    run(absolute),
    (value, magnitude) => rounded(value, terms + 2, magnitude),
  );
}

function forwardRow(name: string, flags: number, activation: DenseSpec['activation']): OpRow {
  const build = ({ rows, inputs, units }: Shape, random: Random): Case => {
    const x = guarded(rowsTensor('x', rows + 1, inputs));
    const kernel = kernelOf('kernel', inputs, units);
    const bias = biasOf('bias', units);
    const y = guarded(rowsTensor('y', rows + 1, units));
    const values = { x: random.floats(rows * inputs), kernel: random.floats(inputs * units), bias: random.floats(units) };
    const expected = bothWays((prepare) => {
      const tensors = [prepare(values.kernel), prepare(values.bias)];
      return LAYERS.dense.forward({ type: 'dense', units, activation }, tensors, toRows(prepare(values.x), inputs), true).y.flat();
    }, inputs + 1);
    return {
      ops: [{ code: OP_DENSE_FORWARD, operands: [x, kernel, bias, y], flags }],
      rows,
      inputs: [
        { tensor: x, values: values.x, perRow: true },
        { tensor: kernel, values: values.kernel },
        { tensor: bias, values: values.bias },
      ],
      outputs: [{ tensor: y, expected, padding: 'zero', alone: true }],
    };
  };
  return { name, code: OP_DENSE_FORWARD, flags, shapes: DENSE_SHAPES, build };
}

const BACKWARD_INPUT: OpRow = {
  name: 'dense backward input',
  code: OP_DENSE_BACKWARD_INPUT,
  shapes: DENSE_SHAPES,
  build({ rows, inputs, units }, random) {
    const dy = guarded(rowsTensor('dy', rows + 1, units));
    const kernel = kernelOf('kernel', inputs, units);
    const dx = guarded(rowsTensor('dx', rows + 1, inputs));
    const scratch = guarded(flatTensor('scratch', inputScratch(units), DTYPE_F32, 1));
    const values = { dy: random.floats(rows * units), kernel: random.floats(inputs * units) };
    const x = toRows(Array<number>(rows * inputs).fill(0), inputs);
    const expected = bothWays(
      (prepare) =>
        LAYERS.dense
          .forward({ type: 'dense', units }, [prepare(values.kernel)], x, true)
          .back(toRows(prepare(values.dy), units))
          .dx.flat(),
      units,
    );
    return {
      ops: [{ code: OP_DENSE_BACKWARD_INPUT, operands: [dy, kernel, dx, scratch] }],
      rows,
      inputs: [
        { tensor: dy, values: values.dy, perRow: true },
        { tensor: kernel, values: values.kernel },
      ],
      outputs: [{ tensor: dx, expected, padding: 'zero', alone: true }],
      scratch: [scratch],
    };
  },
};

function backwardWeightsRow(name: string, useBias: boolean): OpRow {
  const build = ({ rows, inputs, units }: Shape, random: Random): Case => {
    const x = guarded(rowsTensor('x', rows + 1, inputs));
    const dy = guarded(rowsTensor('dy', rows + 1, units));
    const dKernel = kernelOf('dKernel', inputs, units);
    const dBias = biasOf('dBias', units);
    const scratch = guarded(flatTensor('scratch', weightsScratch(rows, inputs), DTYPE_F32, 1));
    const values = { x: random.floats(rows * inputs), dy: random.floats(rows * units) };
    const kernel = Array<number>(inputs * units).fill(0);
    const tensors = useBias ? [kernel, Array<number>(units).fill(0)] : [kernel];
    const expected = [0, 1].map((tensor) =>
      bothWays((prepare) => {
        const pass = LAYERS.dense.forward({ type: 'dense', units, useBias }, tensors, toRows(prepare(values.x), inputs), true);
        return pass.back(toRows(prepare(values.dy), units)).gradients[tensor] ?? [];
      }, rows),
    );
    const outputs = [{ tensor: dKernel, expected: expected[0], padding: 'zero' as const }];
    if (useBias) outputs.push({ tensor: dBias, expected: expected[1], padding: 'zero' as const });
    return {
      ops: [{ code: OP_DENSE_BACKWARD_WEIGHTS, operands: [x, dy, dKernel, useBias ? dBias : undefined, scratch] }],
      rows,
      inputs: [
        { tensor: x, values: values.x, perRow: true },
        { tensor: dy, values: values.dy, perRow: true },
        // The plan starts gradients at zero; kernels leave what lies beside the values alone.
        { tensor: dKernel, values: kernel },
      ],
      outputs,
      scratch: [scratch],
    };
  };
  return { name, code: OP_DENSE_BACKWARD_WEIGHTS, shapes: DENSE_SHAPES, build };
}

/** The same op done tile by tile, the last tile smaller than the others. */
function inTiles(row: OpRow, tilePanels: number): OpRow {
  const build = (shape: Shape, random: Random): Case => {
    const whole = row.build(shape, random);
    const group = { code: OP_TILES, operands: [], members: whole.ops.length, panels: panelCount(shape.units), tilePanels };
    return { ...whole, ops: [group, ...whole.ops] };
  };
  return { ...row, name: `${row.name} in tiles of ${tilePanels}`, code: OP_TILES, build };
}

export const DENSE_ROWS: readonly OpRow[] = [
  forwardRow('dense forward', 0, 'linear'),
  forwardRow('dense forward cut at zero', FLAG_RELU, 'relu'),
  BACKWARD_INPUT,
  backwardWeightsRow('dense backward weights', true),
  backwardWeightsRow('dense backward weights without bias', false),
  inTiles(backwardWeightsRow('dense backward weights', true), 1),
  inTiles(backwardWeightsRow('dense backward weights', true), 2),
];
