/**
 * The books of a fit: losses and metrics of the running epoch, the history, early stopping, and where it is. Plain numbers,
 * so that they can be saved and taken up again. Knows no memory and no data.
 */
import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../check.js';
import type { MetricName, MetricRow } from './metrics.js';
import type { History } from './options.js';

/** When `fit` stops because nothing gets better any more. */
export interface EarlyStoppingOptions {
  /** 'loss', 'valLoss', a metric ('accuracy') or the same of the validation data ('valAccuracy'); default 'valLoss'. */
  monitor?: string;
  /** Epochs without improvement that are borne; default 0. */
  patience?: number;
  /** What counts as an improvement must be larger than this; default 0. */
  minDelta?: number;
  /** Bring back the weights of the best epoch when it is over; default false. */
  restoreBest?: boolean;
}

/** Higher is better for these; lower for losses and meanAbsoluteError. */
const HIGHER: ReadonlySet<string> = new Set(['accuracy', 'binaryAccuracy', 'r2']);

/** What tells good epochs from bad ones: a list in the history, and in which direction. */
export interface Monitor {
  readonly list: (history: History) => readonly number[];
  readonly higher: boolean;
}

export function monitorOf(where: string, name: string, metrics: readonly MetricName[], validated: boolean): Monitor {
  if (typeof name !== 'string') throw new TypeError(`${where}: expected a name, got ${typeof name}`);
  const table = new Map<string, Monitor>([['loss', { list: (history) => history.loss, higher: false }]]);
  for (const metric of metrics) table.set(metric, { list: (history) => history.metrics[metric], higher: HIGHER.has(metric) });
  if (validated) {
    table.set('valLoss', { list: (history) => history.valLoss ?? [], higher: false });
    for (const metric of metrics) {
      const valName = `val${metric[0].toUpperCase()}${metric.slice(1)}`;
      table.set(valName, { list: (history) => history.valMetrics?.[metric] ?? [], higher: HIGHER.has(metric) });
    }
  }
  const monitor = table.get(name);
  if (monitor) return monitor;
  const remedy = name.startsWith('val') && !validated ? '; give validationData or validationSplit' : '';
  throw new RangeError(`${where}: expected one of ${[...table.keys()].join(', ')}, got '${name}'${remedy}`);
}

export interface CheckedEarlyStopping extends Required<EarlyStoppingOptions> {
  readonly watch: Monitor;
}

export function checkEarlyStopping(given: EarlyStoppingOptions, metrics: readonly MetricName[], validated: boolean): CheckedEarlyStopping {
  const known = ['monitor', 'patience', 'minDelta', 'restoreBest'];
  const { monitor = 'valLoss', patience = 0, minDelta = 0, restoreBest = false } = checkOptions('fit: earlyStopping', given, known);
  return {
    monitor,
    patience: checkInteger('fit: earlyStopping.patience', patience, 0),
    minDelta: checkNumber('fit: earlyStopping.minDelta', minDelta, { min: 0 }),
    restoreBest: checkBoolean('fit: earlyStopping.restoreBest', restoreBest),
    watch: monitorOf('fit: earlyStopping.monitor', monitor, metrics, validated),
  };
}

/** Everything that goes on from one run to the next. */
export interface BooksState {
  /** Epoch that is running, and its next batch. */
  epoch: number;
  batch: number;
  /** Sum of the running epoch's losses, its rows so far, and its metrics' sums. */
  lossSum: number;
  rows: number;
  metricSums: number[][];
  history: History;
  /** Best value so far, epochs since. */
  best: number | null;
  waited: number;
}

/** A fit's state as it can be saved; tensors are copies, by region. */
export interface TrainingState {
  readonly books: BooksState;
  /** What must be the same to go on. */
  readonly optimizer: string;
  readonly loss: string;
  readonly batchSize: number;
  /** Rows of the data; 0 for a stream. */
  readonly rows: number;
  readonly shuffle: boolean;
  readonly updates: number;
  readonly rule: readonly number[];
  readonly moments: readonly Float32Array[];
  /** State regions at the best epoch, if they are to be restored. */
  readonly bestState: readonly Float32Array[] | undefined;
  /** State regions after the last step, where the network has been given the best ones instead. */
  readonly lastState: readonly Float32Array[] | undefined;
}

/** Books of a fit that has not begun. */
export function openBooks(
  metricNames: readonly MetricName[],
  metrics: readonly MetricRow[],
  validated: boolean,
  columns: number,
): BooksState {
  const lists = (): Record<string, number[]> => Object.fromEntries(metricNames.map((name) => [name, []]));
  const history: History = {
    loss: [],
    ...(validated && { valLoss: [] }),
    metrics: lists(),
    ...(validated && { valMetrics: lists() }),
    epochs: 0,
  };
  const metricSums = metrics.map((metric) => Array<number>(metric.sums(columns)).fill(0));
  return { epoch: 0, batch: 0, lossSum: 0, rows: 0, metricSums, history, best: null, waited: 0 };
}

/** A copy that the next epochs do not change. */
export function copyHistory(history: History): History {
  const copyLists = (lists: Readonly<Record<string, number[]>>): Record<string, number[]> =>
    Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.slice()]));
  const { loss, valLoss, metrics, valMetrics } = history;
  return {
    ...history,
    loss: loss.slice(),
    ...(valLoss && { valLoss: valLoss.slice() }),
    metrics: copyLists(metrics),
    ...(valMetrics && { valMetrics: copyLists(valMetrics) }),
  };
}

/** Opens the next epoch's page. */
export function turnPage(books: BooksState): void {
  books.epoch++;
  books.batch = 0;
  books.lossSum = 0;
  books.rows = 0;
  for (const sums of books.metricSums) sums.fill(0);
}

/**
 * Looks at the last epoch: 'better' when it is the best so far, 'over' when patience is at its end, else 'bear'.
 * A NaN is never better.
 */
export function judge(books: BooksState, { watch, patience, minDelta }: CheckedEarlyStopping): 'better' | 'bear' | 'over' {
  const value = watch.list(books.history).at(-1) ?? Number.NaN;
  const gain = books.best === null ? Number.POSITIVE_INFINITY : watch.higher ? value - books.best : books.best - value;
  if (gain > minDelta && !Number.isNaN(value)) {
    books.best = value;
    books.waited = 0;
    return 'better';
  }
  books.waited++;
  return books.waited >= patience ? 'over' : 'bear';
}
