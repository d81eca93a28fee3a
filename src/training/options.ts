/** Options of fit, trainOnBatch and evaluate: types, defaults and checks. Knows no data. */
import { checkBoolean, checkBytesGiven, checkCallback, checkInteger, checkName, checkNumber, checkOptions, show } from '../check.js';
import type { Samples } from '../data/samples.js';
import { type CheckedEarlyStopping, checkEarlyStopping, type EarlyStoppingOptions } from './books.js';
import { type CheckedCheckpoint, type CheckpointOptions, checkCheckpoint } from './checkpoint.js';
import { checkLoss, type Loss, type LossRow, lossName } from './losses.js';
import { METRICS, type MetricName, type MetricRow } from './metrics.js';
import { OPTIMIZERS, type Optimizer, type OptimizerName } from './optimizers.js';
import { type ClassWeight, checkClassWeight } from './weights.js';
import { checkWorkers, type WorkerOptions } from './workers.js';

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** A name, or your own `{ value(output, target), gradient?(output, target, into) }`. */
  loss: Loss;
  /** Default: none. */
  metrics?: readonly MetricName[];
  /** Multiplies every input, inside of the core; default 1. */
  inputScale?: number;
  /** One number a row, multiplying its loss; the sum is still divided by the number of rows. */
  sampleWeight?: Samples;
}

/** Options of `trainOnBatch`; `loss` and `optimizer` are required. */
export interface TrainOnBatchOptions extends EvaluateOptions {
  /** A description, or the name of one with its defaults. */
  optimizer: Optimizer | OptimizerName;
  /** One number a class, such as { 0: 1, 1: 5 }; 1 for those left out. Multiplies with sampleWeight. */
  classWeight?: ClassWeight;
  /** Every gradient is cut off at ± this. */
  clipValue?: number;
  /** All gradients are scaled by min(1, clipNorm / (‖g‖ + 1e-6)). */
  clipNorm?: number;
  /** Takes warnings; default: one console.warn. */
  onWarning?: (message: string) => void;
}

/** What callbacks are told; epoch, batch and step count from 0. */
export interface TrainingEvent {
  /** From 0. */
  readonly epoch: number;
  /** Of the epoch, from 0; the last one for onEpoch. */
  readonly batch: number;
  /** Updates made in this fit, less one. */
  readonly step: number;
  /** Mean loss of the batch (onBatch) or of the epoch (onEpoch), each batch before its update. */
  readonly loss: number;
  /** Mean loss of the validation data, in onEpoch where there are such. */
  readonly valLoss?: number;
  /** Of the batch (onBatch) or of the epoch (onEpoch). */
  readonly metrics: Readonly<Record<string, number>>;
  /** Metrics of the validation data, likewise. */
  readonly valMetrics?: Readonly<Record<string, number>>;
  /** Of the last update. */
  readonly learningRate: number;
  /** Since the start of this fit; undefined where the clock stands still. */
  readonly samplesPerSecond: number | undefined;
}

/** May return false to stop. */
export type TrainingCallback = (event: TrainingEvent) => unknown;

/** An AbortSignal, spelled out so that these types need no library of any platform. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
}

/** Options of `fit`; `loss` and `optimizer` are required. */
export interface FitOptions extends TrainOnBatchOptions {
  /** Default 1. */
  epochs?: number;
  /** Rows in a batch; the last of an epoch may be short. Default 32. */
  batchSize?: number;
  /** A fresh order each epoch; default true. */
  shuffle?: boolean;
  /** Rows of a stream that are shuffled together; default 10,000. */
  shuffleWindow?: number;
  /** Evaluated after each epoch. */
  validationData?: { x: Samples; y: Samples };
  /** A fraction of the rows, from the end, kept for validation. */
  validationSplit?: number;
  /** Stop when nothing gets better any more. */
  earlyStopping?: EarlyStoppingOptions;
  /** Called, and awaited, after each epoch; false stops the training. */
  onEpoch?: TrainingCallback;
  /** Called, and awaited, after each batch; false stops the training. */
  onBatch?: TrainingCallback;
  /** Aborts after the current step; fit rejects with its reason. */
  signal?: StopSignal;
  /**
   * Threads that share each step: a number, or 'auto' for as many as pay. Default 1. The result's bits do not depend on it.
   * Where threads cannot be had the same call works on one; `network.runtime` tells why.
   */
  threads?: number | 'auto';
  /** The loop runs in a worker of its own; functions of your own are refused there. Default false. */
  worker?: boolean;
  /** The package's `gradlet/worker` script as a file of yours, where a policy forbids workers from a Blob. */
  workerUrl?: string | { readonly href: string };
  /** Bytes of `save({ trainingState: true })`: goes on where that run was, bit for bit. `epochs` stays the total. */
  resume?: Uint8Array;
  /** Writes files that the run can go on from (Node, Deno, Bun): `{ path: 'run.safetensors' }`. */
  checkpoint?: CheckpointOptions;
}

/** What fit resolves to. */
export interface History {
  /** Mean loss of each epoch, in training mode, each batch before its update; without penalties. */
  loss: number[];
  /** Mean loss of the validation data after each epoch, where there are such. */
  valLoss?: number[];
  /** Of each epoch, by name, in training mode. */
  metrics: Record<string, number[]>;
  /** Of the validation data after each epoch, by name. */
  valMetrics?: Record<string, number[]>;
  /** Whole epochs. */
  epochs: number;
  /** Why there are fewer epochs than wanted; undefined: there are not. */
  stopped?: 'early' | 'callback';
}

export interface CheckedEvaluation {
  readonly loss: LossRow;
  readonly lossName: string;
  readonly metricNames: readonly MetricName[];
  readonly metrics: readonly MetricRow[];
}

export interface CheckedTraining extends CheckedEvaluation {
  readonly optimizer: Optimizer;
  readonly classWeight: Map<number, number> | undefined;
  readonly clipValue: number | undefined;
  readonly clipNorm: number | undefined;
  readonly onWarning: (message: string) => void;
}

export interface CheckedFit extends CheckedTraining {
  readonly epochs: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly shuffleWindow: number;
  readonly earlyStopping: CheckedEarlyStopping | undefined;
  readonly workers: WorkerOptions;
  readonly checkpoint: CheckedCheckpoint | undefined;
}

const EVALUATE_KEYS = ['loss', 'metrics', 'inputScale', 'sampleWeight'];
const BATCH_KEYS = [...EVALUATE_KEYS, 'optimizer', 'classWeight', 'clipValue', 'clipNorm', 'onWarning'];
/** Keys that people look for here. */
const OPTIMIZER_KEYS = Object.fromEntries(
  ['learningRate', 'lr', 'momentum', 'weightDecay'].map((key) => [
    key,
    `the optimizer: sgd({ ${key === 'lr' ? 'learningRate' : key}: … })`,
  ]),
);
const FIT_KEYS = [
  ...BATCH_KEYS,
  'epochs',
  'batchSize',
  'shuffle',
  'shuffleWindow',
  'validationData',
  'validationSplit',
  'earlyStopping',
  'onEpoch',
  'onBatch',
  'signal',
  'resume',
  'threads',
  'worker',
  'workerUrl',
  'checkpoint',
];

function required(where: string, options: object | undefined, key: string, example: string): void {
  if ((options as Record<string, unknown> | undefined)?.[key] === undefined) {
    throw new TypeError(`${where}: ${key} is missing; give one, such as ${example}`);
  }
}

function checkLossAndMetrics(where: string, options: EvaluateOptions): CheckedEvaluation {
  required(where, options, 'loss', "{ loss: 'meanSquaredError' }");
  const loss = checkLoss(`${where}: loss`, options.loss);
  const { metrics = [] } = options;
  if (!Array.isArray(metrics)) throw new TypeError(`${where}: metrics: expected an array of names, got ${show(metrics)}`);
  const metricNames = metrics.map((name, index) => checkName(`${where}: metrics[${index}]`, name, METRICS));
  const twice = metricNames.find((name, index) => metricNames.indexOf(name) !== index);
  if (twice) throw new RangeError(`${where}: metrics: '${twice}' is named twice`);
  return { loss, lossName: lossName(options.loss), metricNames, metrics: metricNames.map((name) => METRICS[name]) };
}

export function checkEvaluate(options: EvaluateOptions): CheckedEvaluation {
  checkOptions('evaluate', options, EVALUATE_KEYS);
  return checkLossAndMetrics('evaluate', options);
}

export function checkOptimizer(where: string, optimizer: Optimizer | OptimizerName): Optimizer {
  if (typeof optimizer === 'string') return OPTIMIZERS[checkName(`${where}: optimizer`, optimizer, OPTIMIZERS)].create();
  if (optimizer !== null && typeof optimizer === 'object' && Object.hasOwn(OPTIMIZERS, optimizer.name)) {
    // Made again, because it may have been written or changed by hand.
    const { name, ...options } = optimizer;
    try {
      return OPTIMIZERS[name].create(options as never);
    } catch (cause) {
      const { constructor: Kind, message } = cause as Error;
      throw new (Kind as ErrorConstructor)(`${where}: optimizer: ${message}`, { cause });
    }
  }
  const called = typeof optimizer === 'function' && Object.hasOwn(OPTIMIZERS, (optimizer as { name: string }).name);
  const remedy = called ? `; call it: ${(optimizer as { name: string }).name}()` : '';
  const kinds = `a name or what ${Object.keys(OPTIMIZERS).join('(), ')}() return`;
  throw new TypeError(`${where}: optimizer: expected ${kinds}, got ${show(optimizer)}${remedy}`);
}

function checkPositive(where: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : checkNumber(where, value, { above: 0 });
}

function warn(message: string): void {
  console.warn(message);
}

function checkTraining(where: string, options: TrainOnBatchOptions, units: number): CheckedTraining {
  const checked = checkLossAndMetrics(where, options);
  required(where, options, 'optimizer', '{ optimizer: adam() }');
  const { classWeight, onWarning } = options;
  return {
    ...checked,
    optimizer: checkOptimizer(where, options.optimizer),
    classWeight: classWeight === undefined ? undefined : checkClassWeight(`${where}: classWeight`, classWeight, units),
    clipValue: checkPositive(`${where}: clipValue`, options.clipValue),
    clipNorm: checkPositive(`${where}: clipNorm`, options.clipNorm),
    onWarning: checkCallback(`${where}: onWarning`, onWarning) ?? warn,
  };
}

/** @param units columns of the network's output */
export function checkTrainOnBatch(options: TrainOnBatchOptions, units: number): CheckedTraining {
  checkOptions('trainOnBatch', options, BATCH_KEYS, OPTIMIZER_KEYS);
  return checkTraining('trainOnBatch', options, units);
}

/** @param units columns of the network's output */
export function checkFit(options: FitOptions, units: number): CheckedFit {
  checkOptions('fit', options, FIT_KEYS, OPTIMIZER_KEYS);
  const checked = checkTraining('fit', options, units);
  const { epochs = 1, batchSize = 32, shuffle = true, shuffleWindow = 10_000 } = options;
  const { validationData, validationSplit, earlyStopping, onEpoch, onBatch, signal, resume, checkpoint } = options;
  checkCallback('fit: onEpoch', onEpoch);
  checkCallback('fit: onBatch', onBatch);
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw new TypeError(`fit: signal: expected an AbortSignal, got ${show(signal)}`);
  }
  if (resume !== undefined) checkBytesGiven('fit: resume: expected the bytes of save({ trainingState: true })', resume);
  if (validationData !== undefined) {
    if (validationData === null || typeof validationData !== 'object' || Array.isArray(validationData)) {
      throw new TypeError(`fit: validationData: expected { x, y }, got ${show(validationData)}`);
    }
    checkOptions('fit: validationData', validationData, ['x', 'y']);
    if (validationSplit !== undefined) throw new TypeError('fit: validationData and validationSplit were both given; give one of them');
  }
  if (validationSplit !== undefined) checkNumber('fit: validationSplit', validationSplit, { min: 0, below: 1 });
  const validated = validationData !== undefined || Boolean(validationSplit);
  return {
    workers: checkWorkers(options),
    ...checked,
    epochs: checkInteger('fit: epochs', epochs, 0),
    batchSize: checkInteger('fit: batchSize', batchSize, 1),
    shuffle: checkBoolean('fit: shuffle', shuffle),
    shuffleWindow: checkInteger('fit: shuffleWindow', shuffleWindow, 1),
    earlyStopping: earlyStopping && checkEarlyStopping(earlyStopping, checked.metricNames, validated),
    checkpoint: checkpoint && checkCheckpoint(checkpoint, checked.metricNames, validated),
  };
}
