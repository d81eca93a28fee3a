/** trainTable: from a table to a model. What columns become is decided in columns.ts, what is left open in options.ts. */
import { version } from '../../package.json';
import { show } from '../check.js';
import { randomSeed } from '../data/random.js';
import { dense, dropout, type Layer } from '../layers.js';
import { Network } from '../network.js';
import type { FitOptions } from '../training/options.js';
import { describeColumns } from './columns.js';
import { type TableDescription, writeDescription } from './description.js';
import { countFeatures, encodeRows } from './encode.js';
import { loadTable, TableModel } from './model.js';
import { type CheckedOptions, type Choices, checkTableOptions, choose } from './options.js';
import { splitRows } from './split.js';
import { openTable, pickRows, type Source } from './table.js';
import { type MeasuredTarget, measureTarget } from './target.js';
import type { ColumnDescription, Label, Table, TableOptions, TableSettings } from './types.js';

/** `fit` speaks of columns of x where one-hot inputs happen to be constant; columns of the table have been looked at before. */
const ABOUT_INPUTS = /^fit: columns? \d/;

function layersOf({ hidden, dropout: rate, l2 }: Choices, { activation = 'relu' }: TableOptions, labels: number): Layer[] {
  const kernelRegularizer = l2 > 0 ? { kernelRegularizer: { l2 } } : {};
  const layers = hidden.flatMap((units): Layer[] => {
    const layer = dense(units, { activation, ...kernelRegularizer });
    return rate > 0 ? [layer, dropout(rate)] : [layer];
  });
  const last = labels ? dense(labels, { activation: 'softmax', ...kernelRegularizer }) : dense(1, kernelRegularizer);
  return [...layers, last];
}

function settingsOf(choices: Choices, { activation = 'relu' }: TableOptions, rows: number, validationRows: number): TableSettings {
  const { optimizer, ...rest } = choices;
  const rate = optimizer.learningRate;
  return {
    hidden: rest.hidden,
    activation: typeof activation === 'string' ? activation : (activation.name ?? 'custom'),
    optimizer: optimizer.name,
    ...(typeof rate === 'number' && { learningRate: rate }),
    epochs: rest.epochs,
    batchSize: rest.batchSize,
    patience: validationRows ? rest.patience : 0,
    validationSplit: rest.validationSplit,
    l2: rest.l2,
    dropout: rest.dropout,
    rows,
    validationRows,
    version,
  };
}

/** Weights by index of label. */
function labelWeights(
  given: TableOptions['classWeight'],
  labels: readonly Label[],
  values: Int32Array | Float32Array,
): Record<number, number> | undefined {
  if (given === undefined) return undefined;
  if (given !== 'balanced') {
    const unknown = Object.keys(given).find((name) => !labels.some((label) => String(label) === name));
    if (unknown !== undefined) throw new RangeError(`trainTable: classWeight: expected labels of the target, got ${show(unknown)}`);
    return Object.fromEntries(
      labels.flatMap((label, index) => (Object.hasOwn(given, String(label)) ? [[index, given[String(label)]]] : [])),
    );
  }
  const counts = labels.map(() => 0);
  for (const value of values) counts[value]++;
  return Object.fromEntries(counts.map((count, index) => [index, count ? values.length / (labels.length * count) : 1]));
}

/** Inputs and targets of some rows: encoded where they are wanted, as a table may be large. */
function pickSamples(columns: readonly ColumnDescription[], source: Source, values: Int32Array | Float32Array, rows: Int32Array) {
  const x = encodeRows('trainTable', columns, pickRows(source, rows));
  const y = values instanceof Int32Array ? Int32Array.from(rows, (row) => values[row]) : Float32Array.from(rows, (row) => values[row]);
  return { x: { data: x, rows: rows.length, columns: countFeatures(columns) }, y };
}

/** Columns as they were at the beginning of a run that goes on, or measured now. */
function columnsFor(source: Source, target: MeasuredTarget, options: CheckedOptions): readonly ColumnDescription[] {
  const { name } = target.description;
  const unknown = Object.keys(options.columns).find((column) => !source.has(column));
  if (unknown !== undefined) {
    const names = source.names().slice(0, 20).map(show).join(', ');
    throw new RangeError(`trainTable: columns: expected names of columns (${names}), got ${show(unknown)}`);
  }
  if (Object.hasOwn(options.columns, name)) {
    const remedy = "give task: 'classification' or 'regression'";
    throw new RangeError(`trainTable: columns: expected kinds of other columns than the target ${show(name)}; ${remedy}`);
  }
  const columns = describeColumns('trainTable', source, name, options.columns, options.onWarning);
  if (countFeatures(columns) > 0) return columns;
  const reasons = columns.map((column) => `${show(column.name)}: ${column.reason}`).join('; ') || 'there are none';
  throw new RangeError(`trainTable: expected columns to learn from beside the target ${show(name)}: ${reasons}`);
}

/** Whether a run can be gone on with: by the same table and options, but for how long it goes on. */
function checkSame(earlier: TableModel, now: TableDescription): void {
  const { epochs, patience, version: made, ...settings } = earlier.settings;
  const then = writeDescription({ ...earlier.description, settings: { ...now.settings, ...settings } });
  if (JSON.stringify(then) === JSON.stringify(writeDescription(now))) return;
  const remedy = 'give the same table and the same options as before; only epochs and patience may differ';
  throw new RangeError(`trainTable: resume: the run was made with another table or other options; ${remedy}`);
}

/** A model trained on a table that is open, with checked options. */
export async function trainSource(whole: Source, options: CheckedOptions): Promise<TableModel> {
  const earlier = options.resume && loadTable(options.resume);
  if (whole.rows === 0) throw new RangeError('trainTable: expected rows to learn from, but the table has none');
  const target = measureTarget('trainTable', whole, options.target, options.task, options.onWarning);
  const source = target.rows.length < whole.rows ? pickRows(whole, target.rows) : whole;
  const columns = columnsFor(source, target, options);
  const { description, values } = target;
  const labels = description.task === 'classification' ? description.labels : [];
  const choices = choose(options, source.rows);
  const seed = options.seed ?? earlier?.network.seed ?? randomSeed();
  const rows = splitRows(values, choices.validationSplit, seed);
  const settings = settingsOf(choices, options, rows.train.length, rows.validation.length);
  const table: TableDescription = { target: description, columns, settings };
  if (earlier) checkSame(earlier, table);

  const train = pickSamples(columns, source, values, rows.train);
  const network = new Network({
    inputs: train.x.columns,
    layers: layersOf(choices, options, labels.length),
    seed,
    numerics: options.numerics,
  });
  // Checkpoints have it, too.
  network.metadata = writeDescription(table);
  const { threads, worker, workerUrl, signal, onEpoch, onBatch, checkpoint, resume, onWarning } = options;
  const given = { threads, worker, workerUrl, signal, onEpoch, onBatch, checkpoint, resume };
  const fit: FitOptions = {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    loss: labels.length ? 'sparseCategoricalCrossentropy' : 'meanSquaredError',
    metrics: [labels.length ? 'accuracy' : 'r2'],
    optimizer: choices.optimizer,
    epochs: choices.epochs,
    batchSize: choices.batchSize,
    onWarning: (message) => {
      if (!ABOUT_INPUTS.test(message)) onWarning(message);
    },
  };
  if (rows.validation.length) {
    fit.validationData = pickSamples(columns, source, values, rows.validation);
    fit.earlyStopping = { patience: choices.patience, restoreBest: true };
  }
  if (labels.length) fit.classWeight = labelWeights(options.classWeight, labels, train.y);
  options.onStart?.(settings);
  const history = await network.fit(train.x, train.y, fit);
  const trained = { ...table, history };
  network.metadata = writeDescription(trained);
  return new TableModel(network, trained);
}

/**
 * Trains a network to predict one column of a table from the others. Kinds of columns, what is predicted, sizes and rates are found out
 * where they are not given; part of the rows tells when to stop. docs/tables.md says how.
 * @throws (as a rejection) TypeError or RangeError for bad options or a table that nothing can be learned from, with the cell or column;
 * what `fit` rejects with: ERR_DIVERGED, the signal's reason
 */
export async function trainTable(table: Table, options: TableOptions): Promise<TableModel> {
  const checked = checkTableOptions('trainTable', options);
  return trainSource(openTable('trainTable', table), checked);
}
