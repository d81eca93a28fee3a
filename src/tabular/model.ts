/** A network that was trained on a table, with what it knows of the table. Knows no training. */
import { checkBytesGiven, show } from '../check.js';
import type { Samples } from '../data/samples.js';
import { coreOf, Network } from '../network.js';
import type { LoadOptions, SaveOptions } from '../persist.js';
import type { History } from '../training/options.js';
import { toNumber, unfit } from './cells.js';
import { readDescription, type TableDescription } from './description.js';
import { checkColumns, countFeatures, encodeRows } from './encode.js';
import { likeliest, scoreLabels, scoreValues } from './evaluate.js';
import { isColumns, openTable, pickRows, type Source } from './table.js';
import { labelIndex, type TargetDescription, targetCells } from './target.js';
import type { ColumnDescription, Columns, Label, Row, Table, TableEvaluation, TablePrediction, TableSettings, Task } from './types.js';

/** Rows that are encoded at a time. */
const BLOCK = 4096;
/** Models of another copy of the package (ESM and CommonJS, say) are known by this. */
const MARK = Symbol.for('gradlet.tableModel');

/** A network that was trained on a table. It predicts from rows as they are; what must be done to them is in it, and in its file. */
export class TableModel {
  /** Models of another copy of the package are TableModels, too. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return value !== null && typeof value === 'object' && MARK in value;
  }

  /** What predicts from encoded rows (`encode`). */
  readonly network: Network;
  /** All columns of the table but the target. */
  readonly columns: readonly ColumnDescription[];
  /** How it was trained. */
  readonly settings: TableSettings;
  /** Of the training; undefined for a checkpoint of a run that was not over, and for files of early versions. */
  readonly history: History | undefined;
  readonly #target: TargetDescription;

  /** @internal `trainTable` and `loadTable` make models. */
  constructor(network: Network, { target, columns, settings, history }: TableDescription) {
    this.network = network;
    this.columns = columns;
    this.settings = settings;
    this.history = history;
    this.#target = target;
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Whether it predicts labels or numbers. */
  get task(): Task {
    return this.#target.task;
  }

  /** The column that is predicted. */
  get target(): string {
    return this.#target.name;
  }

  /** In the order of the network's outputs; undefined for regression. */
  get labels(): readonly Label[] | undefined {
    return this.#target.task === 'classification' ? this.#target.labels : undefined;
  }

  /**
   * What each row's target is likely to be.
   * @throws TypeError for what is no table; RangeError for a table without a column that the model uses, or a cell that is not what
   * its column holds
   */
  predict(rows: readonly Row[] | Columns): TablePrediction[];
  /** The same of one row. */
  predict(row: Row): TablePrediction;
  predict(given: Row | Table): TablePrediction | TablePrediction[] {
    const single = given !== null && typeof given === 'object' && !Array.isArray(given) && !isColumns(given);
    const predictions = this.predictSource('predict', openTable('predict', single ? [given as Row] : (given as Table)));
    return single ? predictions[0] : predictions;
  }

  /** @internal */
  predictSource(where: string, source: Source): TablePrediction[] {
    return this.#read(this.#outputs(where, source), source.rows);
  }

  /**
   * How good predictions are on rows whose target is known; rows without one are left out.
   * @throws as `predict`; RangeError for a table without the target
   */
  evaluate(table: Table): TableEvaluation {
    return this.evaluateSource('evaluate', openTable('evaluate', table));
  }

  /** @internal */
  get description(): TableDescription {
    return { target: this.#target, columns: this.columns, settings: this.settings };
  }

  /** @internal */
  evaluateSource(where: string, source: Source): TableEvaluation {
    const { rows, cells } = targetCells(where, source, this.#target);
    return this.#score(where, this.#outputs(where, pickRows(source, rows)), cells, rows);
  }

  /** @internal Inputs, targets and the score of outputs: for measures that change inputs. */
  prepare(where: string, source: Source): { inputs: Float32Array<ArrayBuffer>; score: (inputs: Float32Array) => TableEvaluation } {
    const { rows, cells } = targetCells(where, source, this.#target);
    checkColumns(where, this.columns, source);
    return {
      inputs: encodeRows(where, this.columns, pickRows(source, rows)),
      score: (inputs) => this.#score(where, this.network.predict(inputs).data, cells, rows),
    };
  }

  /**
   * What the network is given for a table: one row of `columns` numbers for each of its rows. For those who work with the network itself.
   * @throws as `predict`
   */
  encode(table: Table): { data: Float32Array<ArrayBuffer>; rows: number; columns: number } & Samples {
    const source = openTable('encode', table);
    checkColumns('encode', this.columns, source);
    return { data: encodeRows('encode', this.columns, source), rows: source.rows, columns: countFeatures(this.columns) };
  }

  /** The network's file, with what the model knows of the table among its metadata (`preprocessing`). */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    return this.network.save(options);
  }

  /** The network's outputs, row-major. */
  #outputs(where: string, source: Source): Float32Array {
    checkColumns(where, this.columns, source);
    const width = this.labels?.length ?? 1;
    const outputs = new Float32Array(source.rows * width);
    for (let from = 0; from < source.rows; from += BLOCK) {
      const to = Math.min(source.rows, from + BLOCK);
      outputs.set(this.network.predict(encodeRows(where, this.columns, source, from, to)).data, from * width);
    }
    return outputs;
  }

  #read(outputs: Float32Array, rows: number): TablePrediction[] {
    const target = this.#target;
    if (target.task === 'regression') return Array.from(outputs, (output) => ({ value: target.mean + target.deviation * output }));
    const { labels } = target;
    const names = labels.map(String);
    return Array.from({ length: rows }, (_, row) => ({
      label: labels[likeliest(outputs, row, labels.length)],
      probabilities: Object.fromEntries(names.map((name, index) => [name, outputs[row * labels.length + index]])),
    }));
  }

  #score(where: string, outputs: Float32Array, cells: readonly unknown[], rows: Int32Array): TableEvaluation {
    const target = this.#target;
    if (target.task === 'classification') return scoreLabels(target.labels, outputs, cells.map(labelIndex(target.labels)));
    const actual = Float64Array.from(cells, (cell, index) => {
      const value = toNumber(cell);
      if (value === undefined || !Number.isFinite(value)) unfit(where, 'a finite number in the target', target.name, rows[index], cell);
      return value;
    });
    const predicted = Float64Array.from(outputs, (output) => target.mean + target.deviation * output);
    return scoreValues(predicted, actual, target.deviation);
  }
}

/** @internal A model of a network whose metadata describe a table. */
export function readTableModel(network: Network): TableModel {
  const { architecture, units } = coreOf('loadTable', network);
  return new TableModel(network, readDescription(network.metadata, architecture.inputs, units));
}

/**
 * The model in a file of `TableModel.save`, or in a checkpoint of `trainTable`.
 * @throws TypeError for what is no Uint8Array; GradletError ERR_FORMAT for what is no whole gradlet model, or not one of a table
 */
export function loadTable(bytes: Uint8Array, options?: LoadOptions): TableModel {
  return readTableModel(Network.load(checkBytesGiven('loadTable: expected the bytes of a model as a Uint8Array', bytes), options));
}

/** @internal @throws TypeError for what is no TableModel */
export function checkModel(where: string, model: unknown): asserts model is TableModel {
  if (!(model instanceof TableModel)) throw new TypeError(`${where}: expected what trainTable or loadTable gave, got ${show(model)}`);
}
