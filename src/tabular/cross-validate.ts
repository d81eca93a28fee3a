/** Cross-validation: how good a model is on rows that it was not trained on. Knows no networks. */
import { checkCallback, checkInteger, checkOptions } from '../check.js';
import { randomSeed } from '../data/random.js';
import { describeColumns } from './columns.js';
import { checkTableOptions } from './options.js';
import { dealFolds } from './split.js';
import { openTable, pickRows } from './table.js';
import { measureTarget } from './target.js';
import { trainSource } from './train.js';
import type { CrossValidateOptions, CrossValidation, Table, TableEvaluation } from './types.js';

/** The numbers of an evaluation that mean something on average. */
function figures(evaluation: TableEvaluation): Record<string, number> {
  const { loss } = evaluation;
  if (evaluation.task === 'regression') return { loss, r2: evaluation.r2, rmse: evaluation.rmse, mae: evaluation.mae };
  return { loss, accuracy: evaluation.accuracy, balancedAccuracy: evaluation.balancedAccuracy };
}

/** Mean, and deviation of a sample. */
export function statistics(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/**
 * Trains a model for each fold on the rows of all other folds, and evaluates it on those of the fold. Kinds of columns and the task are
 * found out once, from the whole table; scales and categories in each fold, from the rows that are trained on. Labels are in each
 * fold in proportion. The seed draws the folds and, with the fold's number, everything in it.
 * @throws (as a rejection) what trainTable throws; RangeError for more folds than rows
 */
export async function crossValidate(table: Table, options: CrossValidateOptions): Promise<CrossValidation> {
  const where = 'crossValidate';
  const { folds = 5, onFold, ...rest } = checkOptions(where, options, Object.keys(options ?? {}));
  const checked = checkTableOptions(where, rest, []);
  for (const key of ['checkpoint', 'resume'] as const) {
    if (checked[key] !== undefined) throw new TypeError(`${where}: ${key} belongs to trainTable: each fold is a run of its own`);
  }
  checkInteger(`${where}: folds`, folds, 2);
  checkCallback(`${where}: onFold`, onFold);
  const { onWarning, seed = randomSeed() } = checked;
  const whole = openTable(where, table);
  const target = measureTarget(where, whole, checked.target, checked.task, onWarning);
  const source = pickRows(whole, target.rows);
  if (folds > source.rows) throw new RangeError(`${where}: folds: expected at most one for each of ${source.rows} rows, got ${folds}`);
  const described = describeColumns(where, source, checked.target, checked.columns, onWarning);
  const columns = Object.fromEntries(described.map(({ name, kind }) => [name, kind]));
  const { task } = target.description;
  const fold = dealFolds(target.values, folds, seed);
  const all = Int32Array.from({ length: source.rows }, (_, row) => row);
  const evaluations: TableEvaluation[] = [];
  for (let index = 0; index < folds; index++) {
    const train = pickRows(
      source,
      all.filter((row) => fold[row] !== index),
    );
    const settings = { ...checked, task, columns, seed: (seed + index) % 2 ** 32, onWarning: () => undefined };
    const model = await trainSource(train, settings);
    const test = pickRows(
      source,
      all.filter((row) => fold[row] === index),
    );
    const evaluation = model.evaluateSource(where, test);
    evaluations.push(evaluation);
    onFold?.({ fold: index, folds, evaluation });
  }
  const each = evaluations.map(figures);
  const over = Object.keys(each[0]).map((name) => [name, statistics(each.map((figure) => figure[name]))] as const);
  return {
    task,
    folds: evaluations,
    mean: Object.fromEntries(over.map(([name, { mean }]) => [name, mean])),
    deviation: Object.fromEntries(over.map(([name, { deviation }]) => [name, deviation])),
  };
}
