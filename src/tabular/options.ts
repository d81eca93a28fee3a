/** Options of trainTable: checks, and defaults that do well without tuning. Knows no networks. */
import { checkBytesGiven, checkCallback, checkInteger, checkName, checkNumber, checkOptions, show } from '../check.js';
import { MAXIMUM_SEED } from '../shapes.js';
import { OPTIMIZERS, type Optimizer } from '../training/optimizers.js';
import { checkOptimizer } from '../training/options.js';
import type { ColumnKind, TableOptions, Task } from './types.js';

const KEYS = [
  'target',
  'task',
  'columns',
  'hidden',
  'activation',
  'optimizer',
  'learningRate',
  'epochs',
  'batchSize',
  'patience',
  'validationSplit',
  'l2',
  'dropout',
  'classWeight',
  'seed',
  'numerics',
  'threads',
  'worker',
  'workerUrl',
  'signal',
  'onStart',
  'onEpoch',
  'onBatch',
  'onWarning',
  'checkpoint',
  'resume',
];
const TASKS: Readonly<Record<Task, true>> = { classification: true, regression: true };
const KINDS: Readonly<Record<ColumnKind, true>> = { number: true, category: true, boolean: true, date: true, ignore: true };

/** Updates that a run has by default, and its epochs at least and at most. */
const UPDATES = 4000;
const EPOCHS = [30, 1000] as const;
/** Tables with fewer rows than this are small, and more than that large. */
const SMALL = 2000;
const LARGE = 20_000;
/** Rows below which none is spared for validation. */
const TINY = 20;

/** Options that stand whatever the table is. */
export interface CheckedOptions extends TableOptions {
  readonly columns: Readonly<Record<string, ColumnKind>>;
  readonly onWarning: (message: string) => void;
}

/** What was left open, chosen by the rows. */
export interface Choices {
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly patience: number;
  readonly validationSplit: number;
  readonly l2: number;
  readonly dropout: number;
  readonly optimizer: Optimizer;
}

function checkColumnKinds(where: string, given: unknown): Readonly<Record<string, ColumnKind>> {
  if (given === undefined) return {};
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw new TypeError(`${where}: expected kinds by name, such as { zip: 'category' }, got ${show(given)}`);
  return Object.fromEntries(Object.entries(given).map(([name, kind]) => [name, checkName(`${where}: ${show(name)}`, kind, KINDS)]));
}

/**
 * @param more keys that the caller takes besides
 * @throws TypeError or RangeError for options of a wrong kind or value
 */
export function checkTableOptions(where: string, options: TableOptions, more: readonly string[] = []): CheckedOptions {
  const given = checkOptions(where, options, [...KEYS, ...more]);
  const { target, task, hidden, optimizer, learningRate, columns, classWeight, signal, resume } = given;
  if (typeof target !== 'string') throw new TypeError(`${where}: target: expected the name of the column to predict, got ${show(target)}`);
  if (task !== undefined) checkName(`${where}: task`, task, TASKS);
  if (hidden !== undefined) {
    if (!Array.isArray(hidden)) throw new TypeError(`${where}: hidden: expected an array of units, such as [64, 32], got ${show(hidden)}`);
    for (const [index, units] of hidden.entries()) checkInteger(`${where}: hidden[${index}]`, units, 1);
  }
  if (optimizer !== undefined) checkOptimizer(where, optimizer);
  if (learningRate !== undefined) {
    checkNumber(`${where}: learningRate`, learningRate, { above: 0 });
    if (typeof optimizer === 'object')
      throw new TypeError(`${where}: learningRate and an optimizer's description were both given; put the rate into the description`);
  }
  for (const key of ['epochs', 'patience'] as const) if (given[key] !== undefined) checkInteger(`${where}: ${key}`, given[key], 1);
  if (given.batchSize !== undefined) checkInteger(`${where}: batchSize`, given.batchSize, 1);
  if (given.validationSplit !== undefined) checkNumber(`${where}: validationSplit`, given.validationSplit, { min: 0, below: 1 });
  if (given.l2 !== undefined) checkNumber(`${where}: l2`, given.l2, { min: 0 });
  if (given.dropout !== undefined) checkNumber(`${where}: dropout`, given.dropout, { min: 0, below: 1 });
  if (given.seed !== undefined) checkInteger(`${where}: seed`, given.seed, 0, MAXIMUM_SEED);
  if (classWeight !== undefined && classWeight !== 'balanced' && (classWeight === null || typeof classWeight !== 'object'))
    throw new TypeError(`${where}: classWeight: expected 'balanced', or weights by label, got ${show(classWeight)}`);
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function')
    throw new TypeError(`${where}: signal: expected an AbortSignal, got ${show(signal)}`);
  if (resume !== undefined) checkBytesGiven(`${where}: resume: expected the bytes of a checkpoint`, resume);
  for (const key of ['onStart', 'onEpoch', 'onBatch', 'onWarning'] as const) checkCallback(`${where}: ${key}`, given[key]);
  const warn = given.onWarning ?? ((message: string): void => console.warn(message));
  return { ...given, columns: checkColumnKinds(`${where}: columns`, columns), onWarning: warn };
}

function hiddenFor(rows: number): number[] {
  if (rows < SMALL) return [64];
  return rows < LARGE ? [128] : [128, 64];
}

function batchSizeFor(rows: number): number {
  if (rows < LARGE) return 32;
  return rows < 10 * LARGE ? 64 : 256;
}

function optimizerFor({ optimizer = 'adam', learningRate }: TableOptions, rows: number): Optimizer {
  if (typeof optimizer !== 'string') return checkOptimizer('trainTable', optimizer);
  // A rate that does well with adam and its kin; the others have their own defaults.
  const adaptive = /adam/.test(optimizer);
  const rate = learningRate ?? (adaptive ? (rows < LARGE ? 0.003 : 0.001) : undefined);
  return OPTIMIZERS[optimizer].create(rate === undefined ? undefined : ({ learningRate: rate } as never));
}

/**
 * Choices for a table of so many rows with a target. Found by trying on the data sets of docs/results.md: four thousand updates
 * with early stopping, one hidden layer for small tables, a penalty that fades as rows get more.
 */
export function choose(options: TableOptions, rows: number): Choices {
  const validationSplit = options.validationSplit ?? (rows < TINY ? 0 : rows < LARGE ? 0.2 : 0.1);
  const batchSize = options.batchSize ?? batchSizeFor(rows);
  const updates = Math.max(1, Math.ceil((rows * (1 - validationSplit)) / batchSize));
  const [least, most] = EPOCHS;
  const epochs = options.epochs ?? Math.max(least, Math.min(most, Math.ceil(UPDATES / updates)));
  return {
    hidden: options.hidden ?? hiddenFor(rows),
    epochs,
    batchSize,
    patience: options.patience ?? Math.max(10, Math.ceil(epochs / 5)),
    validationSplit,
    l2: options.l2 ?? Math.min(0.001, 1 / rows),
    dropout: options.dropout ?? 0,
    optimizer: optimizerFor(options, rows),
  };
}
