/** Cross-validation: how good a model is on rows that it was not trained on. */
import { GradletError } from '../errors.js';
import type { CrossValidateOptions, CrossValidation, Table } from './types.js';

/** Trains `folds` models, each on all folds but one, and evaluates each on that one. */
export async function crossValidate(_table: Table, _options: CrossValidateOptions): Promise<CrossValidation> {
  throw new GradletError('ERR_RUNTIME', 'crossValidate: not written yet');
}
