/**
 * What is done to gradients before an update and to kernels after it: penalties, clipping, maximum norms, against the oracle.
 * Tolerance: a few roundings; a norm of n numbers n / 2 more.
 */
import { CLIP_NORM, CLIP_VALUE, DTYPE_F32, OP_CLIP, OP_MAX_NORM, OP_PENALTY } from '../../../assembly/abi.js';
import { panelCount, panelStride } from '../../../src/compile/layout.js';
import { flatTensor, kernelTensor } from '../../../src/compile/program.js';
import { clipNormReference, clipValueReference, maxNormReference, penaltyGradient, type Row, total } from '../../reference.js';
import type { Random } from '../../support/random.js';
import { guarded } from '../../support/rig.js';
import { type Bounded, exactly, rounded } from '../../support/rounding.js';
import { type Case, type OpRow, SHAPES, type Shape } from './row.js';

/** Numbers in a run that fills whole panels. */
const lengthOf = ({ rows, units }: Shape): number => 8 * rows * Math.ceil(units / 8);

function penaltyRow(name: string, given: { l1: number; l2: number }): OpRow {
  const [l1, l2] = [Math.fround(given.l1), Math.fround(given.l2)];
  const build = (shape: Shape, random: Random): Case => {
    const [w, g] = ['parameters', 'gradients'].map((name) => guarded(flatTensor(name, lengthOf(shape), DTYPE_F32, 4)));
    const weights = random.floats(lengthOf(shape)).map((v, at) => (at % 5 === 2 ? 0 : v));
    const gradients = random.floats(lengthOf(shape));
    const expected = penaltyGradient({ l1, l2 }, weights).map((p, at) =>
      rounded(gradients[at] + p, 4, Math.abs(gradients[at]) + l1 + 2 * l2 * Math.abs(weights[at])),
    );
    return {
      ops: [{ code: OP_PENALTY, operands: [w, g], scalar: l1, scalar2: l2 }],
      rows: shape.rows,
      inputs: [
        { tensor: w, values: weights },
        { tensor: g, values: gradients },
      ],
      outputs: [{ tensor: g, expected }],
    };
  };
  return { name: `penalty ${name}`, code: OP_PENALTY, shapes: SHAPES, build };
}

interface Clip {
  readonly name: string;
  readonly kind: number;
  readonly limit: (gradients: Row) => number;
  /** What the gradients are multiplied by beforehand. */
  readonly scale?: number;
  /** A number put among them. */
  readonly bad?: number;
  readonly expected: (gradients: Row, limit: number) => Bounded[];
}

const norm = (values: Row): number => Math.sqrt(total(values.map((v) => v * v)));
const clippedByNorm = (gradients: Row, limit: number): Bounded[] =>
  (clipNormReference(limit, [gradients])[0] ?? []).map((v) => rounded(v, 3));
const clippedByValue = (gradients: Row, limit: number): Bounded[] => (clipValueReference(limit, [gradients])[0] ?? []).map(exactly);
const asTheyAre = (gradients: Row): Bounded[] => gradients.map(exactly);

const CLIPS: readonly Clip[] = [
  { name: 'value', kind: CLIP_VALUE, limit: () => 0.25, expected: clippedByValue },
  { name: 'value of zeros', kind: CLIP_VALUE, limit: () => 0.25, scale: 0, expected: clippedByValue },
  { name: 'value with a NaN', kind: CLIP_VALUE, limit: () => 0.25, bad: Number.NaN, expected: clippedByValue },
  { name: 'norm above', kind: CLIP_NORM, limit: (g) => norm(g) / 3, expected: clippedByNorm },
  { name: 'norm near the limit', kind: CLIP_NORM, limit: (g) => norm(g), expected: clippedByNorm },
  // So small that the 1e-6 under the limit shows.
  { name: 'norm of small gradients', kind: CLIP_NORM, limit: (g) => norm(g) / 2, scale: 1e-6, expected: clippedByNorm },
  { name: 'norm of huge gradients', kind: CLIP_NORM, limit: () => 1, scale: 2 ** 120, expected: clippedByNorm },
  { name: 'norm below', kind: CLIP_NORM, limit: (g) => norm(g) * 1.5 + 1e-3, expected: asTheyAre },
  { name: 'norm of zeros', kind: CLIP_NORM, limit: () => 0.5, scale: 0, expected: asTheyAre },
  // The update then reports it.
  { name: 'norm with a NaN', kind: CLIP_NORM, limit: () => 0.5, bad: Number.NaN, expected: asTheyAre },
  { name: 'norm with an infinity', kind: CLIP_NORM, limit: () => 0.5, bad: Infinity, expected: asTheyAre },
];

function clipRow({ name, kind, limit, scale = 1, bad, expected }: Clip): OpRow {
  const build = (shape: Shape, random: Random): Case => {
    const g = guarded(flatTensor('gradients', lengthOf(shape), DTYPE_F32, 4));
    const values = random.floats(lengthOf(shape)).map((v) => Math.fround(v * scale));
    if (bad !== undefined) values[random.integer(0, values.length - 1)] = bad;
    const bound = Math.fround(limit(values));
    return {
      ops: [{ code: OP_CLIP, operands: [g], kind, scalar: bound }],
      rows: shape.rows,
      inputs: [{ tensor: g, values }],
      outputs: [{ tensor: g, expected: expected(values, bound) }],
    };
  };
  return { name: `clip ${name}`, code: OP_CLIP, kind, shapes: SHAPES, build };
}

const MAX_NORM: OpRow = {
  name: 'maximum norm',
  code: OP_MAX_NORM,
  shapes: SHAPES,
  build({ rows, inputs, units }, random) {
    const bytes = panelStride(inputs) * panelCount(units);
    const kernel = guarded(kernelTensor('kernel', { name: 'kernel', bytes, life: 'kept' }, 0, inputs, units));
    // Units of every size, some of them zero: the norms are on both sides of the limit.
    const sizes = Array.from({ length: units }, (_, u) => [1, 0.3, 4, 0, 0.1][u % 5]);
    const values = random.floats(inputs * units).map((v, at) => Math.fround(v * sizes[at % units]));
    const limit = Math.fround(0.5 * Math.sqrt(inputs / 3));
    return {
      ops: [{ code: OP_MAX_NORM, operands: [kernel], scalar: limit }],
      rows,
      inputs: [{ tensor: kernel, values }],
      outputs: [
        {
          tensor: kernel,
          expected: maxNormReference(limit, values, units).map((w, at) => (w === values[at] ? exactly(w) : rounded(w, inputs / 2 + 5))),
          padding: 'zero',
        },
      ],
    };
  },
};

export const GRADIENT_ROWS: readonly OpRow[] = [
  penaltyRow('l1 and l2', { l1: 0.3, l2: 0.2 }),
  penaltyRow('l1', { l1: 0.3, l2: 0 }),
  penaltyRow('l2', { l1: 0, l2: 0.2 }),
  ...CLIPS.map(clipRow),
  MAX_NORM,
];
