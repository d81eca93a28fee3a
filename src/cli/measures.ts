/** Evaluations as lines for people. Knows what an evaluation says; no models. */
import type { ClassificationEvaluation, ColumnImportance, TableEvaluation } from '../tabular.js';
import { alignTable, percent, short } from './output.js';

/** Labels that a confusion matrix on a terminal has room for. */
const MATRIX = 12;

function classificationLines({
  rows,
  loss,
  accuracy,
  balancedAccuracy,
  labels,
  confusion,
  perLabel,
  unknown,
}: ClassificationEvaluation): string[] {
  const scores = perLabel.map(({ label, precision, recall, f1, rows: count }) => [
    String(label),
    percent(precision),
    percent(recall),
    short(f1),
    String(count),
  ]);
  const lines = [
    `${rows} rows: accuracy ${percent(accuracy)}, balanced accuracy ${percent(balancedAccuracy)}, loss ${short(loss)}`,
    ...(unknown > 0 ? [`${unknown} rows have labels that the model does not know; they count as wrong`] : []),
    '',
    alignTable([['label', 'precision', 'recall', 'f1', 'rows'], ...scores]),
  ];
  if (labels.length > MATRIX) return lines;
  const names = labels.map(String);
  const matrix = [['actual \\ predicted', ...names], ...confusion.map((row, index) => [names[index], ...row.map(String)])];
  return [...lines, '', alignTable(matrix)];
}

export function evaluationLines(evaluation: TableEvaluation): string[] {
  if (evaluation.task === 'classification') return classificationLines(evaluation);
  const { rows, loss, r2, rmse, mae } = evaluation;
  return [`${rows} rows: R² ${short(r2)}, root mean squared error ${short(rmse)}, mean absolute error ${short(mae)}, loss ${short(loss)}`];
}

export function importanceLines(importance: readonly ColumnImportance[]): string[] {
  const rows = importance.map(({ column, importance: drop, deviation }) => [column, short(drop), short(deviation)]);
  return [alignTable([['column', 'importance', 'deviation'], ...rows])];
}
