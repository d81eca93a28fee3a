/** Scores of predictions beside what is true. Plain arrays in, numbers out; knows no networks and no tables. */
import { log } from '../data/math.js';
import type { ClassificationEvaluation, Label, RegressionEvaluation } from './types.js';

/** Least probability that a logarithm is taken of: the smallest 32-bit number above 0. */
const LEAST = 1.4e-45;

/** The index of the largest of a row's probabilities. */
export function likeliest(probabilities: Float32Array, row: number, labels: number): number {
  let best = 0;
  for (let label = 1; label < labels; label++) {
    if (probabilities[row * labels + label] > probabilities[row * labels + best]) best = label;
  }
  return best;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? Number.NaN : part / whole);

/**
 * @param probabilities row-major, one a label
 * @param actual index of each row's label; undefined where the model does not know it
 */
export function scoreLabels(
  labels: readonly Label[],
  probabilities: Float32Array,
  actual: readonly (number | undefined)[],
): ClassificationEvaluation {
  const count = labels.length;
  const confusion = labels.map(() => Array<number>(count).fill(0));
  let loss = 0;
  let known = 0;
  for (const [row, label] of actual.entries()) {
    if (label === undefined) continue;
    known++;
    loss -= log(Math.max(LEAST, probabilities[row * count + label]));
    confusion[label][likeliest(probabilities, row, count)]++;
  }
  const perLabel = labels.map((label, index) => {
    const right = confusion[index][index];
    const rows = confusion[index].reduce((sum, cell) => sum + cell, 0);
    const predicted = confusion.reduce((sum, cells) => sum + cells[index], 0);
    return { label, precision: ratio(right, predicted), recall: ratio(right, rows), f1: ratio(2 * right, rows + predicted), rows };
  });
  const right = confusion.reduce((sum, cells, index) => sum + cells[index], 0);
  const there = perLabel.filter(({ rows }) => rows > 0);
  return {
    task: 'classification',
    rows: actual.length,
    loss: ratio(loss, known),
    accuracy: right / actual.length,
    balancedAccuracy: ratio(
      there.reduce((sum, { recall }) => sum + recall, 0),
      there.length,
    ),
    labels,
    confusion,
    perLabel,
    unknown: actual.length - known,
  };
}

/** @param deviation what the target is standardised with */
export function scoreValues(predicted: Float64Array, actual: Float64Array, deviation: number): RegressionEvaluation {
  const rows = actual.length;
  const mean = actual.reduce((sum, value) => sum + value / rows, 0);
  let squares = 0;
  let absolute = 0;
  let spread = 0;
  for (let row = 0; row < rows; row++) {
    squares += (predicted[row] - actual[row]) ** 2;
    absolute += Math.abs(predicted[row] - actual[row]);
    spread += (actual[row] - mean) ** 2;
  }
  return {
    task: 'regression',
    rows,
    loss: squares / rows / deviation ** 2,
    r2: spread === 0 ? Number.NaN : 1 - squares / spread,
    rmse: Math.sqrt(squares / rows),
    mae: absolute / rows,
  };
}
