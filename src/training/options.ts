/** Options of fit, trainOnBatch and evaluate: types, defaults and checks. Knows no data. */
import { checkBoolean, checkCallback, checkInteger, checkName, checkNumber, checkOptions, show } from '../check.js';
import type { Samples } from '../data/samples.js';
import { LOSSES, type LossName, type LossRow, lossRow } from './losses.js';
import { METRICS, type MetricName, type MetricRow } from './metrics.js';
import { OPTIMIZERS, type Optimizer, type OptimizerName } from './optimizers.js';

export interface EvaluateOptions {
  loss: LossName;
  /** Default: none. */
  metrics?: readonly MetricName[];
  /** Multiplies every input, inside of the core; default 1. */
  inputScale?: number;
}

export interface TrainOnBatchOptions extends EvaluateOptions {
  /** A description, or the name of one with its defaults. */
  optimizer: Optimizer | OptimizerName;
}

/** What callbacks are told; epoch, batch and step count from 0. */
export interface TrainingEvent {
  readonly epoch: number;
  readonly batch: number;
  /** Updates made in this fit, less one. */
  readonly step: number;
  /** Mean loss of the batch (onBatch) or of the epoch (onEpoch), each batch before its update. */
  readonly loss: number;
  readonly valLoss?: number;
  /** Of the batch (onBatch) or of the epoch (onEpoch). */
  readonly metrics: Readonly<Record<string, number>>;
  readonly valMetrics?: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Since the start of this fit; undefined where the clock stands still. */
  readonly samplesPerSecond: number | undefined;
}

/** May return false to stop. */
export type TrainingCallback = (event: TrainingEvent) => unknown;

export interface FitOptions extends TrainOnBatchOptions {
  /** Default 1. */
  epochs?: number;
  /** Rows in a batch; the last of an epoch may be short. Default 32. */
  batchSize?: number;
  /** A fresh order each epoch; default true. */
  shuffle?: boolean;
  /** Evaluated after each epoch. */
  validationData?: { x: Samples; y: Samples };
  /** A fraction of the rows, from the end, kept for validation. */
  validationSplit?: number;
  onEpoch?: TrainingCallback;
  onBatch?: TrainingCallback;
  /** Aborts after the current step; fit rejects with its reason. */
  signal?: AbortSignal;
}

/** What fit resolves to. */
export interface History {
  /** Mean loss of each epoch, in training mode, each batch before its update; without penalties. */
  loss: number[];
  valLoss?: number[];
  metrics: Record<string, number[]>;
  valMetrics?: Record<string, number[]>;
  /** Whole epochs. */
  epochs: number;
  stopped?: 'early' | 'callback';
}

export interface CheckedEvaluation {
  readonly loss: LossRow;
  readonly metricNames: readonly MetricName[];
  readonly metrics: readonly MetricRow[];
}

export interface CheckedFit extends CheckedEvaluation {
  readonly optimizer: Optimizer;
  readonly epochs: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
}

const EVALUATE_KEYS = ['loss', 'metrics', 'inputScale'];
const BATCH_KEYS = [...EVALUATE_KEYS, 'optimizer'];
const FIT_KEYS = [...BATCH_KEYS, 'epochs', 'batchSize', 'shuffle', 'validationData', 'validationSplit', 'onEpoch', 'onBatch', 'signal'];

function required(where: string, options: object | undefined, key: string, example: string): void {
  if ((options as Record<string, unknown> | undefined)?.[key] === undefined) {
    throw new TypeError(`${where}: ${key} is missing; give one, such as ${example}`);
  }
}

function checkLossAndMetrics(where: string, options: EvaluateOptions): CheckedEvaluation {
  required(where, options, 'loss', "{ loss: 'meanSquaredError' }");
  const loss = lossRow(checkName(`${where}: loss`, options.loss, LOSSES));
  const { metrics = [] } = options;
  if (!Array.isArray(metrics)) throw new TypeError(`${where}: metrics: expected an array of names, got ${show(metrics)}`);
  const metricNames = metrics.map((name) => checkName(`${where}: metrics`, name, METRICS));
  return { loss, metricNames, metrics: metricNames.map((name) => METRICS[name]) };
}

export function checkEvaluate(options: EvaluateOptions): CheckedEvaluation {
  checkOptions('evaluate', options, EVALUATE_KEYS);
  return checkLossAndMetrics('evaluate', options);
}

export function checkOptimizer(where: string, optimizer: Optimizer | OptimizerName): Optimizer {
  if (typeof optimizer === 'string') return OPTIMIZERS[checkName(`${where}: optimizer`, optimizer, OPTIMIZERS)].create();
  if (optimizer !== null && typeof optimizer === 'object' && Object.hasOwn(OPTIMIZERS, optimizer.name)) return optimizer;
  throw new TypeError(
    `${where}: optimizer: expected a name or what ${Object.keys(OPTIMIZERS).join('(), ')}() return, got ${show(optimizer)}`,
  );
}

export function checkTrainOnBatch(options: TrainOnBatchOptions): CheckedEvaluation & { optimizer: Optimizer } {
  checkOptions('trainOnBatch', options, BATCH_KEYS);
  const checked = checkLossAndMetrics('trainOnBatch', options);
  required('trainOnBatch', options, 'optimizer', '{ optimizer: adam() }');
  return { ...checked, optimizer: checkOptimizer('trainOnBatch', options.optimizer) };
}

export function checkFit(options: FitOptions): CheckedFit {
  checkOptions('fit', options, FIT_KEYS);
  const checked = checkLossAndMetrics('fit', options);
  required('fit', options, 'optimizer', '{ optimizer: adam() }');
  const { epochs = 1, batchSize = 32, shuffle = true, validationData, validationSplit, onEpoch, onBatch, signal } = options;
  checkCallback('fit: onEpoch', onEpoch);
  checkCallback('fit: onBatch', onBatch);
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function')
    throw new TypeError(`fit: signal: expected an AbortSignal, got ${show(signal)}`);
  if (validationData !== undefined) {
    checkOptions('fit: validationData', validationData, ['x', 'y']);
    if (validationSplit !== undefined) throw new TypeError('fit: validationData and validationSplit were both given; give one of them');
  }
  if (validationSplit !== undefined) checkNumber('fit: validationSplit', validationSplit, { min: 0, below: 1 });
  return {
    ...checked,
    optimizer: checkOptimizer('fit', options.optimizer),
    epochs: checkInteger('fit: epochs', epochs, 0),
    batchSize: checkInteger('fit: batchSize', batchSize, 1),
    shuffle: checkBoolean('fit: shuffle', shuffle),
  };
}
