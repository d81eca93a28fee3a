/** trainTable: from a table to a model. */
import { GradletError } from '../errors.js';
import type { TableModel } from './model.js';
import type { Table, TableOptions } from './types.js';

/** Trains a network to predict one column of a table from the others. */
export async function trainTable(_table: Table, _options: TableOptions): Promise<TableModel> {
  throw new GradletError('ERR_RUNTIME', 'trainTable: not written yet');
}
