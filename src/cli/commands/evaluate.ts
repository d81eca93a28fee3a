/** `gradlet evaluate`: how good a model is on a table whose target is known. Knows models of tables by the public entries. */
import { permutationImportance } from '../../tabular.js';
import { UsageError } from '../errors.js';
import { checkTarget as checkOutput, STANDARD } from '../files.js';
import { evaluationLines, importanceLines } from '../measures.js';
import type { Call } from '../program.js';
import { writeReport } from '../run.js';
import type { TextSettings } from '../settings.js';
import { checkTarget, openTableModel, readTable } from '../tables.js';

export async function evaluate(source: string, table: string, settings: TextSettings, { values, output }: Call): Promise<void> {
  if (source === STANDARD && table === STANDARD)
    throw new UsageError('the model and the table cannot both be the standard input; name one of them');
  const report = values.report as string | undefined;
  if (report !== undefined) checkOutput('--report', report, values.force === true, [source, table]);
  const model = await openTableModel(source);
  const read = await readTable(table, settings);
  checkTarget(model.target, read.table, table);
  const evaluation = model.evaluate(read.table);
  const importance = values.importance === true ? permutationImportance(model, read.table) : undefined;
  output.event('evaluation', { model: source, table, ...evaluation, ...(importance && { importance }) });
  output.text(evaluationLines(evaluation).join('\n'));
  if (importance) output.text(`\n${importanceLines(importance).join('\n')}`);
  if (report === undefined) return;
  await writeReport(report, model, read, table, evaluation);
  output.event('report', { file: report });
  output.note(`${report}: a report on ${table}`);
}
