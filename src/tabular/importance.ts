/** Permutation importance: how much worse a model gets when a column is shuffled (L. Breiman, 2001). */
import { GradletError } from '../errors.js';
import type { TableModel } from './model.js';
import type { ColumnImportance, ImportanceOptions, Table } from './types.js';

/** For each column in use the drop of accuracy or r2 when its values are shuffled among the rows; the largest first. */
export function permutationImportance(_model: TableModel, _table: Table, _options?: ImportanceOptions): ColumnImportance[] {
  throw new GradletError('ERR_RUNTIME', 'permutationImportance: not written yet');
}
