/** Draws rows by seed: for validation, for folds, for importance. Knows no tables. */
import { shuffle } from '../data/random.js';

/** Purposes of random numbers here, apart from those of networks (data/random.ts). */
export const DRAW = { validation: 101, folds: 102, importance: 103 } as const;

/** 0 … length − 1 in an order drawn by seed. */
export function drawOrder(length: number, seed: number, purpose: number, counter = 0): Int32Array {
  const order = new Int32Array(length);
  shuffle(order, seed, purpose, counter);
  return order;
}

/** Rows of each label, in a drawn order; all rows together where there are no labels. */
function groups(values: Int32Array | Float32Array, order: Int32Array): number[][] {
  if (values instanceof Float32Array) return [Array.from(order)];
  const byLabel = new Map<number, number[]>();
  for (const row of order) {
    const rows = byLabel.get(values[row]);
    if (rows) rows.push(row);
    else byLabel.set(values[row], [row]);
  }
  return [...byLabel.keys()].sort((a, b) => a - b).map((label) => byLabel.get(label) as number[]);
}

/**
 * Rows in two parts: a share for validation, of each label in proportion, and the others, which keep at least one row of each label.
 * Both are in a drawn order.
 */
export function splitRows(values: Int32Array | Float32Array, share: number, seed: number): { train: Int32Array; validation: Int32Array } {
  const order = drawOrder(values.length, seed, DRAW.validation);
  const kept = new Set<number>();
  let due = 0;
  for (const rows of groups(values, order)) {
    due += share * rows.length;
    const count = Math.min(Math.round(due - kept.size), rows.length - 1);
    for (const row of rows.slice(0, Math.max(0, count))) kept.add(row);
  }
  return { train: order.filter((row) => !kept.has(row)), validation: order.filter((row) => kept.has(row)) };
}

/** The fold of each row: the rows of each label are dealt out one by one, each label going on where the one before it ended. */
export function dealFolds(values: Int32Array | Float32Array, folds: number, seed: number): Int32Array {
  const fold = new Int32Array(values.length);
  let next = 0;
  for (const rows of groups(values, drawOrder(values.length, seed, DRAW.folds))) for (const row of rows) fold[row] = next++ % folds;
  return fold;
}
