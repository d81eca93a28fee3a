/** What users of tables give and get: rows and columns, options, descriptions, predictions, evaluations. Types alone. */
import type { Activation } from '../activations.js';
import type { CheckpointOptions } from '../training/checkpoint.js';
import type { Optimizer, OptimizerName } from '../training/optimizers.js';
import type { History, StopSignal, TrainingCallback } from '../training/options.js';
import type { TableModel } from './model.js';

/** One row: cells by the name of their column. */
export type Row = Readonly<Record<string, unknown>>;

/** A table by columns, all of the same length. */
export type Columns = Readonly<Record<string, ArrayLike<unknown> & object>>;

/** Rows, or columns by name. A key that some rows lack is a missing value there. */
export type Table = readonly Row[] | Columns;

/** What a column holds; 'ignore': it is not used. */
export type ColumnKind = 'number' | 'category' | 'boolean' | 'date' | 'ignore';

/** What is predicted: one of several labels, or a number. */
export type Task = 'classification' | 'regression';

/** A value of the target that is told apart from the others. */
export type Label = string | number | boolean;

/** Options of `trainTable`. Only `target` is required. */
export interface TableOptions {
  /** Name of the column to predict. */
  target: string;
  /** Default: found out from the target (docs/tables.md, "What is predicted"). */
  task?: Task;
  /** Kinds of columns by name; those left out are found out. */
  columns?: Readonly<Record<string, ColumnKind>>;
  /** Units of the hidden layers; [] for a linear model. Default: by the number of rows. */
  hidden?: readonly number[];
  /** Of the hidden layers; default 'relu'. */
  activation?: Activation;
  /** Default 'adam'. A description such as `sgd({ momentum: 0.9 })` takes no `learningRate` beside it. */
  optimizer?: OptimizerName | Optimizer;
  /** Of an optimizer given by name; default: by the number of rows. */
  learningRate?: number;
  /** Most epochs; default: by the number of rows. */
  epochs?: number;
  /** Default: by the number of rows. */
  batchSize?: number;
  /** Epochs without improvement before training stops; the best epoch's weights are kept. Default: by `epochs`. */
  patience?: number;
  /** Share of the rows kept for validation, drawn by seed, each label in proportion; 0: none, and no early stopping. */
  validationSplit?: number;
  /** Penalty l2·Σw² on kernels. */
  l2?: number;
  /** Share of hidden units dropped while training; default 0. */
  dropout?: number;
  /** Weights of the labels' losses, by label, or 'balanced': rows / (labels · rows of the label). Default: none. */
  classWeight?: 'balanced' | Readonly<Record<string, number>>;
  /** Draws weights, orders and the rows for validation. Default: random, readable as `model.network.seed`. */
  seed?: number;
  /** As in `Network`. */
  numerics?: 'fast' | 'reproducible';
  /** As in `fit`: threads that share each step. */
  threads?: number | 'auto';
  /** As in `fit`: the loop runs in a worker of its own. */
  worker?: boolean;
  /** As in `fit`: the script for workers as a file of yours. */
  workerUrl?: string | { readonly href: string };
  /** As in `fit`: aborts after the current step; the promise rejects with its reason. */
  signal?: StopSignal;
  /** Called once, before the first step, with what was chosen: how many epochs there are at most, how many rows, and the rest. */
  onStart?: (settings: TableSettings) => void;
  /** As in `fit`; may return false to stop. Metrics: accuracy (classification), r2 (regression), and the same of validation. */
  onEpoch?: TrainingCallback;
  /** As in `fit`, after each batch. */
  onBatch?: TrainingCallback;
  /** Takes warnings about the table and the training; default: console.warn. */
  onWarning?: (message: string) => void;
  /** As in `fit`: files that the run can go on from. Each is a whole table model, too. */
  checkpoint?: CheckpointOptions;
  /** Bytes of such a file, or of `save({ trainingState: true })`: goes on bit for bit with the same table and options. */
  resume?: Uint8Array;
}

/** What a model knows of a column. */
export interface ColumnDescription {
  /** As in the table. */
  readonly name: string;
  /** What it holds. */
  readonly kind: ColumnKind;
  /** Inputs of the network that it becomes; 0: it is not used. */
  readonly features: number;
  /** Why a column is not used. */
  readonly reason?: string;
  /** Of numbers, booleans (0 and 1): what they are standardised with. */
  readonly mean?: number;
  /** Standard deviation of all of them; 0: constant, and not used. */
  readonly deviation?: number;
  /** Smallest and largest value while training, of numbers. */
  readonly minimum?: number;
  /** See `minimum`. */
  readonly maximum?: number;
  /** Of a category: those with an input of their own, the most frequent first. */
  readonly categories?: readonly string[];
  /** Of a category: whether there is an input for all others together. */
  readonly others?: boolean;
  /** Parts of a date, each a standardised number. */
  readonly parts?: readonly DatePart[];
  /** Whether values were missing while training; then an input says so. */
  readonly missing: boolean;
  /** Texts of a column of numbers that count as missing, such as '-'. */
  readonly markers?: readonly string[];
}

/** A number made of a date: days since 1970, or a place on the circle of a year, a week or a day. */
export interface DatePart {
  /** Which one. */
  readonly part: 'days' | 'yearSin' | 'yearCos' | 'weekSin' | 'weekCos' | 'daySin' | 'dayCos';
  /** What it is standardised with: taken off first. */
  readonly mean: number;
  /** And what it is divided by then. */
  readonly deviation: number;
}

/** How a model was trained. */
export interface TableSettings {
  /** Units of the hidden layers. */
  readonly hidden: readonly number[];
  /** Of the hidden layers. */
  readonly activation: string;
  /** Its name. */
  readonly optimizer: string;
  /** Undefined where a schedule gave it. */
  readonly learningRate?: number;
  /** Most epochs. */
  readonly epochs: number;
  /** Rows in a batch. */
  readonly batchSize: number;
  /** Epochs without improvement before training stops. */
  readonly patience: number;
  /** Share of the rows kept for validation. */
  readonly validationSplit: number;
  /** Penalty l2·Σw² on kernels. */
  readonly l2: number;
  /** Share of hidden units dropped while training. */
  readonly dropout: number;
  /** Rows that were trained on, and that validated. */
  readonly rows: number;
  /** See `rows`. */
  readonly validationRows: number;
  /** Version of gradlet. */
  readonly version: string;
}

/** One of the labels. */
export interface LabelPrediction {
  /** The likeliest. */
  readonly label: Label;
  /** By label, as text; they add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** Only of regression. */
  readonly value?: undefined;
}

/** A number, in the units of the target. */
export interface ValuePrediction {
  /** What is expected. */
  readonly value: number;
  /** Only of classification. */
  readonly label?: undefined;
  /** Only of classification. */
  readonly probabilities?: undefined;
}

/** What `predict` tells of a row. */
export type TablePrediction = LabelPrediction | ValuePrediction;

/** How well labels are told apart. */
export interface ClassificationEvaluation {
  /** Tells it from the evaluation of a regression. */
  readonly task: 'classification';
  /** Rows with a target. */
  readonly rows: number;
  /** Mean crossentropy, over rows whose label the model knows. */
  readonly loss: number;
  /** Share of rows whose most likely label is the right one. */
  readonly accuracy: number;
  /** Mean over the labels of the share found of each. */
  readonly balancedAccuracy: number;
  /** In the order of `confusion` and `perLabel`. */
  readonly labels: readonly Label[];
  /** confusion[actual][predicted]: rows. */
  readonly confusion: readonly (readonly number[])[];
  /** By label: share of right ones among those predicted, share found, their harmonic mean, rows. NaN where there is nothing to divide by. */
  readonly perLabel: readonly {
    readonly label: Label;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly rows: number;
  }[];
  /** Rows with labels that the model does not know: they count as wrong, and are not in `confusion`. */
  readonly unknown: number;
}

/** How near numbers come. */
export interface RegressionEvaluation {
  /** Tells it from the evaluation of a classification. */
  readonly task: 'regression';
  /** Rows with a target. */
  readonly rows: number;
  /** Mean squared error of the standardised target: what training made small. */
  readonly loss: number;
  /** Share of the variance explained; NaN for a constant target. */
  readonly r2: number;
  /** Root of the mean squared error, in the units of the target. */
  readonly rmse: number;
  /** Mean absolute error, in the units of the target. */
  readonly mae: number;
}

/** What `evaluate` tells of a table. */
export type TableEvaluation = ClassificationEvaluation | RegressionEvaluation;

/** Options of `crossValidate`. */
export interface CrossValidateOptions extends Omit<TableOptions, 'checkpoint' | 'resume'> {
  /** Default 5. */
  folds?: number;
  /** After each fold. */
  onFold?: (fold: { readonly fold: number; readonly folds: number; readonly evaluation: TableEvaluation }) => void;
}

/** What `crossValidate` resolves to. */
export interface CrossValidation {
  /** What the folds are evaluations of. */
  readonly task: Task;
  /** The evaluation of each fold. */
  readonly folds: readonly TableEvaluation[];
  /** Of each number of the evaluations, by name: accuracy, loss, … or r2, rmse, … */
  readonly mean: Readonly<Record<string, number>>;
  /** Of a sample (n − 1). */
  readonly deviation: Readonly<Record<string, number>>;
}

/** Options of `permutationImportance`. */
export interface ImportanceOptions {
  /** Shuffles of each column; default 5. */
  repeats?: number;
  /** Default 0. */
  seed?: number;
  /** Most rows that are looked at, drawn by seed; default 10,000. */
  maximumRows?: number;
}

/** How much worse a model gets when a column is shuffled. */
export interface ColumnImportance {
  /** Its name. */
  readonly column: string;
  /** Mean drop of accuracy (classification) or r2 (regression). */
  readonly importance: number;
  /** Over the repeats, of a sample (n − 1). */
  readonly deviation: number;
}

/** Options of `parseTable`. */
export interface ParseOptions {
  /** Default: found out from the text: comma, semicolon, tab or |. */
  separator?: string;
  /** Default: found out; a comma can only be where it does not separate. */
  decimal?: '.' | ',';
  /** Whether the first line has the names; default true. Otherwise they are column1, column2, … */
  header?: boolean;
}

/** What a CSV text looks like. */
export interface TextFormat {
  /** What stands between cells. */
  readonly separator: string;
  /** What stands before decimals. */
  readonly decimal: '.' | ',';
}

/** Options of `reportHtml`; `model` and `table` are required. */
export interface ReportOptions {
  /** What the report is about. */
  model: TableModel;
  /** Rows to evaluate on: best some that were not trained on. */
  table: Table;
  /** Default: `model.evaluate(table)`. */
  evaluation?: TableEvaluation;
  /** Default: `permutationImportance(model, table)`; false: left out. */
  importance?: readonly ColumnImportance[] | false;
  /** Learning curves; default: those of `model`. */
  history?: History;
  /** Default: the target's name. */
  title?: string;
  /** What the table is, such as 'iris-test.csv': shown in the heading. */
  source?: string;
  /** When it was made; default: now. */
  date?: Date;
}
