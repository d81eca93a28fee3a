/**
 * The training loop: epochs, orders, callbacks, validation, and letting the host breathe. Knows no memory (trainer.ts).
 *
 * It works in slices of about 10 ms, bounded by the clock and by an estimate of the work (on some runtimes clocks stand
 * still while code runs), and yields in between. Without callbacks, metrics and validation, many epochs share one call.
 */
import type { NetworkCore } from '../core.js';
import { PURPOSE, randomStream, shuffle } from '../data/random.js';
import type { Numbers, Samples, Table } from '../data/samples.js';
import { GradletError } from '../errors.js';
import { yieldToHost } from '../runtime/yield.js';
import { checkData, checkInputScale } from './data.js';
import { Evaluator } from './evaluate.js';
import { type CheckedFit, checkFit, type FitOptions, type History, type TrainingEvent } from './options.js';
import { type Divergence, freshOptimizer, Trainer, type TrainerData } from './trainer.js';

/** Milliseconds after which the host gets its turn. */
const SLICE_MS = 10;
/** The same as work, for clocks that stand still. */
const SLICE_FLOPS = 4e8;
/** What one call of the core should take. */
const CALL_MS = 6;

/** Rows for validation, cut off the end of the data. */
function split(data: TrainerData, fraction: number): { train: TrainerData; validation: TrainerData } {
  const { rows } = data.x;
  const kept = rows - Math.ceil(rows * fraction);
  if (kept < 1) throw new RangeError(`fit: validationSplit ${fraction} of ${rows} rows leaves none to train on`);
  return { train: cut(data, 0, kept), validation: cut(data, kept, rows) };
}

function cut({ x, y, inputScale }: TrainerData, from: number, to: number): TrainerData {
  return {
    x: cutTable(x, from, to),
    y: 'labels' in y ? { labels: y.labels.subarray(from, to) } : { table: cutTable(y.table, from, to) },
    inputScale,
  };
}

function cutTable(table: Table, from: number, to: number): Table {
  const { flat, nested, columns } = table;
  const cutNumbers = (numbers: Numbers): Numbers =>
    'subarray' in numbers ? numbers.subarray(from * columns, to * columns) : numbers.slice(from * columns, to * columns);
  return { ...table, rows: to - from, ...(flat ? { flat: cutNumbers(flat) } : { nested: nested?.slice(from, to) }) };
}

/** Rethrows what became of a step as an error with place and remedy. */
export function divergenceError(call: string, core: NetworkCore, found: Divergence, place: string): GradletError {
  const { layer, what, learningRate } = found;
  const name = `layers[${layer}] (${core.architecture.layers[layer].type})`;
  const became = what === 'loss' ? 'the loss became non-finite' : `a ${what === 'gradient' ? 'gradient' : 'weight'} became non-finite`;
  const remedy = `a smaller learningRate (it was ${Number(learningRate.toPrecision(3))}) or inputs scaled to about 1 usually help`;
  return new GradletError(
    'ERR_DIVERGED',
    `${call}: training diverged${place}: ${became}, first in ${name}; the weights are those of the step before; ${remedy}`,
  );
}

class Fit {
  readonly #trainer: Trainer;
  readonly #evaluator: Evaluator | undefined;
  readonly #order: Int32Array;
  readonly #history: History;
  /** Sum of the losses of each epoch begun. */
  readonly #sums: number[] = [];
  /** Epoch and batch of the first pending step. */
  #pendingEpoch = 0;
  #pendingBatch = 0;
  /** The metrics' sums of the running epoch. */
  #metricSums: Float64Array[] = [];
  #lastLoss = 0;
  #lastMetrics: Float64Array[] = [];
  #updates = 0;
  #rowsDone = 0;
  #limit: number;
  #started = performance.now();
  #sliceStart = this.#started;
  #sliceFlops = 0;

  constructor(
    readonly core: NetworkCore,
    readonly data: TrainerData,
    validation: TrainerData | undefined,
    readonly checked: CheckedFit,
    readonly options: FitOptions,
  ) {
    const { loss, metrics, metricNames, optimizer } = checked;
    const batchSize = Math.min(checked.batchSize, data.x.rows);
    const state = freshOptimizer(undefined, optimizer);
    this.#trainer = new Trainer(core, { batchSize, loss, metrics, state }, data, data.x.rows);
    this.#evaluator = validation && new Evaluator(core, loss, metrics, validation);
    this.#order = Int32Array.from({ length: data.x.rows }, (_, row) => row);
    this.#limit = this.#trainer.maximumSteps;
    const lists = (): Record<string, number[]> => Object.fromEntries(metricNames.map((name) => [name, []]));
    this.#history = {
      loss: [],
      ...(validation && { valLoss: [] }),
      metrics: lists(),
      ...(validation && { valMetrics: lists() }),
      epochs: 0,
    };
  }

  async run(): Promise<History> {
    const { epochs, metrics } = this.checked;
    const { onEpoch, onBatch } = this.options;
    const wholeEpochs = Boolean(onEpoch || onBatch || this.#evaluator || metrics.length);
    let going = true;
    for (let epoch = 0; epoch < epochs && going; epoch++) {
      going = await this.#epoch(epoch);
      if (wholeEpochs && going) going = await this.#endEpoch(epoch);
    }
    if (this.#trainer.pending) this.#flush();
    if (!wholeEpochs) this.#history.loss = this.#sums.map((sum) => sum / this.data.x.rows);
    this.#history.epochs = this.#history.loss.length;
    return this.#history;
  }

  /** Pushes an epoch's steps and flushes as calls fill up. Returns false when a callback wants to stop. */
  async #epoch(epoch: number): Promise<boolean> {
    const { rows } = this.data.x;
    const { learningRate } = this.checked.optimizer;
    const { batchSize } = this.#trainer.options;
    const { onBatch } = this.options;
    this.#newOrder();
    this.#sums.push(0);
    this.#metricSums = [];
    for (let from = 0, batch = 0; from < rows; from += batchSize, batch++) {
      if (this.#trainer.pending === 0) {
        this.#pendingEpoch = epoch;
        this.#pendingBatch = batch;
      }
      const rate = typeof learningRate === 'function' ? learningRate(this.#updates) : learningRate;
      this.#trainer.push(this.#order, from, Math.min(batchSize, rows - from), rate);
      this.#updates++;
      if (!onBatch && this.#trainer.pending < this.#limit) continue;
      this.#flush();
      if (onBatch) {
        const event = this.#event(epoch, batch, rate, this.#lastLoss, this.#metricsOf(this.#lastMetrics));
        if ((await onBatch(event)) === false) {
          this.#history.stopped = 'callback';
          return false;
        }
      }
      await this.#breathe();
    }
    return true;
  }

  /** Closes an epoch's books: history, validation, callback. Returns false when the callback wants to stop. */
  async #endEpoch(epoch: number): Promise<boolean> {
    if (this.#trainer.pending) this.#flush();
    const history = this.#history;
    const loss = this.#sums[epoch] / this.data.x.rows;
    const metrics = this.#metricsOf(this.#metricSums);
    history.loss.push(loss);
    for (const [name, value] of Object.entries(metrics)) history.metrics[name].push(value);
    const evaluation = this.#evaluator && (await this.#validate(this.#evaluator));
    if (evaluation) {
      history.valLoss?.push(evaluation.valLoss);
      for (const [name, value] of Object.entries(evaluation.valMetrics)) history.valMetrics?.[name].push(value);
    }
    await this.#breathe();
    const { onEpoch } = this.options;
    if (!onEpoch) return true;
    const batches = Math.ceil(this.data.x.rows / this.#trainer.options.batchSize);
    const event = { ...this.#event(epoch, batches - 1, this.#rate(this.#updates - 1), loss, metrics), ...evaluation };
    if ((await onEpoch(event)) === false) {
      history.stopped = 'callback';
      return false;
    }
    this.options.signal?.throwIfAborted();
    return true;
  }

  #rate(step: number): number {
    const { learningRate } = this.checked.optimizer;
    return typeof learningRate === 'function' ? learningRate(step) : learningRate;
  }

  async #validate(evaluator: Evaluator): Promise<{ valLoss: number; valMetrics: Record<string, number> }> {
    const chunks = evaluator.run();
    for (;;) {
      const { done, value } = chunks.next();
      if (done) {
        const { metricNames } = this.checked;
        return { valLoss: value.loss, valMetrics: Object.fromEntries(metricNames.map((name, index) => [name, value.metrics[index]])) };
      }
      this.#sliceFlops += evaluator.flopsPerChunk;
      await this.#breathe();
    }
  }

  /** Runs the pending steps and books their losses. */
  #flush(): void {
    const { rows } = this.data.x;
    const { batchSize } = this.#trainer.options;
    const before = performance.now();
    const { count, losses, divergence } = this.#trainer.flush();
    const took = performance.now() - before;
    const sums = this.#sums;
    let epoch = this.#pendingEpoch;
    let batch = this.#pendingBatch;
    let rowsDone = 0;
    let size = 0;
    for (let step = 0; step < count; step++) {
      size = Math.min(batchSize, rows - batch * batchSize);
      sums[epoch] += losses[step];
      rowsDone += size;
      if (++batch * batchSize >= rows) {
        batch = 0;
        epoch++;
      }
    }
    this.#rowsDone += rowsDone;
    this.#lastLoss = losses[count - 1] / size;
    if (divergence) throw divergenceError('fit', this.core, divergence, ` at epoch ${epoch}, batch ${batch}`);
    this.#lastMetrics = this.#trainer.takeSums();
    this.#metricSums = this.#lastMetrics.map((sums, index) => sums.map((sum, place) => sum + (this.#metricSums[index]?.[place] ?? 0)));
    this.#sliceFlops += count * this.#trainer.flopsPerStep;
    // Slower than estimated: fewer steps in the next call; a clock that stands still says nothing.
    if (took > 0) this.#limit = Math.max(1, Math.min(this.#trainer.maximumSteps, Math.floor((count * CALL_MS) / took)));
  }

  /** Gives the host its turn when the slice is over, and looks for an abort. */
  async #breathe(): Promise<void> {
    this.options.signal?.throwIfAborted();
    if (this.#sliceFlops < SLICE_FLOPS && performance.now() - this.#sliceStart < SLICE_MS) return;
    await yieldToHost();
    this.#sliceStart = performance.now();
    this.#sliceFlops = 0;
    this.options.signal?.throwIfAborted();
  }

  #newOrder(): void {
    const { counters, seed } = this.core;
    const { shuffle: shuffled } = this.checked;
    if (shuffled) shuffle(this.#order, randomStream(seed, PURPOSE.order, counters.epochs));
    counters.epochs++;
  }

  #metricsOf(sums: readonly Float64Array[]): Record<string, number> {
    const { metricNames, metrics } = this.checked;
    return Object.fromEntries(metricNames.map((name, index) => [name, metrics[index].result(sums[index])]));
  }

  #event(epoch: number, batch: number, learningRate: number, loss: number, metrics: Record<string, number>): TrainingEvent {
    const seconds = (performance.now() - this.#started) / 1000;
    const samplesPerSecond = seconds > 0 ? this.#rowsDone / seconds : undefined;
    return { epoch, batch, step: this.#updates - 1, loss, metrics, learningRate, samplesPerSecond };
  }
}

/** Trains; see Network.fit. */
export async function fit(core: NetworkCore, x: Samples, y: Samples, options: FitOptions): Promise<History> {
  const checked = checkFit(options);
  const scale = checkInputScale('fit', options.inputScale);
  options.signal?.throwIfAborted();
  let data = checkData('fit: ', core, x, y, checked.loss, scale);
  let validation: TrainerData | undefined;
  const { validationData, validationSplit } = options;
  if (validationData) validation = checkData('fit: validationData.', core, validationData.x, validationData.y, checked.loss, scale);
  if (validationSplit) ({ train: data, validation } = split(data, validationSplit));
  core.memory.busy = true;
  core.optimizerState = undefined;
  try {
    return await new Fit(core, data, validation, checked, options).run();
  } finally {
    core.memory.busy = false;
  }
}
