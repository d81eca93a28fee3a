/** `gradlet evaluate`: how good a model is on a table whose target is known. Knows models of tables by the public entries, others by measures. */
import type { LossName, MetricName, Network } from '../../index.js';
import { permutationImportance, type TableModel } from '../../tabular.js';
import { UsageError } from '../errors.js';
import { checkTarget as checkOutput, STANDARD } from '../files.js';
import { evaluationLines, importanceLines } from '../measures.js';
import { readModel } from '../models.js';
import { measureLines, measureNetwork } from '../network-evaluation.js';
import type { Call } from '../program.js';
import { readingOptions } from '../reading.js';
import { writeReport } from '../run.js';
import type { TextSettings } from '../settings.js';
import { headed } from '../table-reader.js';
import { checkTarget, readTable, tableModelOf, textsFor } from '../tables.js';

/** Options that one kind of model has no use for. */
const OF_TABLES = { report: '--report', importance: '--importance' };
const OF_NETWORKS = { target: '--target', labels: '--labels', loss: '--loss', metrics: '--metrics' };

function refuse(options: Readonly<Record<string, string>>, given: Call['given'], why: string): void {
  const found = Object.keys(options).find(given);
  if (found !== undefined) throw new UsageError(`${options[found]}: ${why}`);
}

async function evaluateTable(source: string, model: TableModel, table: string, settings: TextSettings, call: Call): Promise<void> {
  const { values, given, output } = call;
  refuse(OF_NETWORKS, given, `'${source}' is a model of a table, and knows target, labels and loss; leave it out`);
  const report = values.report as string | undefined;
  const read = await readTable(table, settings, { texts: textsFor(model), output });
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

async function evaluateNetwork(source: string, network: Network, table: string, settings: TextSettings, call: Call): Promise<void> {
  const { values, given, output } = call;
  refuse(OF_TABLES, given, `'${source}' knows of no table: no columns, no target; it is for models that gradlet train has made`);
  const read = await readTable(table, settings, { headed, output });
  const { measured, ...rest } = measureNetwork(table, network, read, {
    ...(given('target') && { target: values.target as string[] }),
    ...(given('labels') && { labels: values.labels as string[] }),
    ...(given('loss') && { loss: values.loss as LossName }),
    ...(given('metrics') && { metrics: values.metrics as MetricName[] }),
  });
  output.event('evaluation', { model: source, table, ...rest, ...measured });
  output.text(measureLines({ ...rest, measured }).join('\n'));
}

export async function evaluate(source: string, table: string, settings: TextSettings, call: Call): Promise<void> {
  const { values } = call;
  if (source === STANDARD && table === STANDARD)
    throw new UsageError('the model and the table cannot both be the standard input; name one of them');
  const report = values.report as string | undefined;
  if (report !== undefined) checkOutput('--report', report, values.force === true, [source, table]);
  const { like, ...reading } = await readingOptions(values);
  const { network } = await readModel(source, reading);
  if (like) network.metadata = { ...like.metadata, ...network.metadata };
  const model = await tableModelOf(network);
  await (model ? evaluateTable(source, model, table, settings, call) : evaluateNetwork(source, network, table, settings, call));
}
