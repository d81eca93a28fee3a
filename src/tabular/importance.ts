/** Permutation importance: how much worse a model gets when a column is shuffled (L. Breiman, "Random Forests", 2001). Knows no networks. */
import { checkInteger, checkOptions } from '../check.js';
import { MAXIMUM_SEED } from '../shapes.js';
import { statistics } from './cross-validate.js';
import { checkModel, type TableModel } from './model.js';
import { DRAW, drawOrder } from './split.js';
import { openTable, pickRows } from './table.js';
import type { ColumnImportance, ImportanceOptions, Table, TableEvaluation } from './types.js';

const scoreOf = (evaluation: TableEvaluation): number => (evaluation.task === 'regression' ? evaluation.r2 : evaluation.accuracy);

/**
 * For each column in use the drop of accuracy (classification) or r2 (regression) when its values are shuffled among the rows; the
 * largest first. Best told from rows that were not trained on. Columns that say the same share their importance between them.
 * @throws as `model.evaluate`
 */
export function permutationImportance(model: TableModel, table: Table, options?: ImportanceOptions): ColumnImportance[] {
  const where = 'permutationImportance';
  checkModel(where, model);
  const { repeats = 5, seed = 0, maximumRows = 10_000 } = checkOptions(where, options, ['repeats', 'seed', 'maximumRows']);
  checkInteger(`${where}: repeats`, repeats, 1);
  checkInteger(`${where}: seed`, seed, 0, MAXIMUM_SEED);
  checkInteger(`${where}: maximumRows`, maximumRows, 2);
  const whole = openTable(where, table);
  const source =
    whole.rows > maximumRows ? pickRows(whole, drawOrder(whole.rows, seed, DRAW.importance).subarray(0, maximumRows).sort()) : whole;
  const { inputs, score } = model.prepare(where, source);
  const before = scoreOf(score(inputs));
  const used = model.columns.filter(({ features }) => features > 0);
  const width = used.reduce((sum, { features }) => sum + features, 0);
  const rows = inputs.length / width;
  let first = 0;
  let counter = 1;
  const found = used.map(({ name, features }): ColumnImportance => {
    const drops = Array.from({ length: repeats }, () => {
      const order = drawOrder(rows, seed, DRAW.importance, counter++);
      const shuffled = inputs.slice();
      for (let row = 0; row < rows; row++) {
        const from = order[row] * width + first;
        shuffled.set(inputs.subarray(from, from + features), row * width + first);
      }
      return before - scoreOf(score(shuffled));
    });
    first += features;
    const { mean, deviation } = statistics(drops);
    return { column: name, importance: mean, deviation };
  });
  return found.sort((a, b) => b.importance - a.importance);
}
