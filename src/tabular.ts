/** Everything that `import 'gradlet/tabular'` gives: networks for tables, from rows to predictions and reports. */
import type { ReportOptions } from './tabular/types.js';

export { crossValidate } from './tabular/cross-validate.js';
export { permutationImportance } from './tabular/importance.js';
export { loadTable, TableModel } from './tabular/model.js';
export { detectFormat, parseTable } from './tabular/parse.js';
export { trainTable } from './tabular/train.js';
export type {
  ClassificationEvaluation,
  ColumnDescription,
  ColumnImportance,
  ColumnKind,
  Columns,
  CrossValidateOptions,
  CrossValidation,
  DatePart,
  ImportanceOptions,
  Label,
  LabelPrediction,
  ParseOptions,
  RegressionEvaluation,
  ReportOptions,
  Row,
  Table,
  TableEvaluation,
  TableOptions,
  TablePrediction,
  TableSettings,
  Task,
  TextFormat,
  ValuePrediction,
} from './tabular/types.js';

/**
 * A page about a model, as the text of one HTML file that needs nothing else: learning curves, confusion matrix and calibration
 * or residuals, importance of columns, settings. What draws the charts is loaded when it is first called.
 * @throws (as a rejection) TypeError or RangeError for bad options or a table that does not fit the model
 */
export async function reportHtml(options: ReportOptions): Promise<string> {
  const { writeReport } = await import('./tabular/report/report.js');
  return writeReport(options);
}
