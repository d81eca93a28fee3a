/** A network that was trained on a table, with what it knows of the table. */
import { GradletError } from '../errors.js';
import type { Network } from '../network.js';
import type { LoadOptions, SaveOptions } from '../persist.js';
import type { History } from '../training/options.js';
import type {
  ColumnDescription,
  Columns,
  Label,
  Row,
  Table,
  TableEvaluation,
  TablePrediction,
  TableSettings,
  Task,
} from './types.js';

const soon = (what: string): never => {
  throw new GradletError('ERR_RUNTIME', `${what}: not written yet`);
};

/** A network that was trained on a table. It predicts from rows as they are; what must be done to them is in it, and in its file. */
export class TableModel {
  readonly network: Network;
  readonly task: Task;
  readonly target: string;
  /** All columns of the table but the target. */
  readonly columns: readonly ColumnDescription[];
  /** In the order of the network's outputs; undefined for regression. */
  readonly labels?: readonly Label[];
  readonly settings: TableSettings;
  /** Of the training; undefined after `loadTable`. */
  readonly history?: History;

  /** @internal */
  constructor(parts: Pick<TableModel, 'network' | 'task' | 'target' | 'columns' | 'labels' | 'settings' | 'history'>) {
    this.network = parts.network;
    this.task = parts.task;
    this.target = parts.target;
    this.columns = parts.columns;
    this.labels = parts.labels;
    this.settings = parts.settings;
    this.history = parts.history;
  }

  /** What each row's target is likely to be. */
  predict(rows: readonly Row[] | Columns): TablePrediction[];
  /** The same of one row. */
  predict(row: Row): TablePrediction;
  predict(_: Row | Table): TablePrediction | TablePrediction[] {
    return soon('predict');
  }

  /** How good predictions are on rows whose target is known. */
  evaluate(_table: Table): TableEvaluation {
    return soon('evaluate');
  }

  /** The network's file, with what the model knows of the table among its metadata. */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    return this.network.save(options);
  }
}

/**
 * The model in a file of `TableModel.save`, or in a checkpoint of `trainTable`.
 * @throws GradletError ERR_FORMAT for what is no whole gradlet model, or not one of a table
 */
export function loadTable(_bytes: Uint8Array, _options?: LoadOptions): TableModel {
  return soon('loadTable');
}
