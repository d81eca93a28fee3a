/**
 * The training loop: epochs, orders, callbacks, validation, early stopping, and letting the host breathe. Knows no memory
 * (trainer.ts), and of data only that they are checked (fit.ts).
 *
 * It works in slices of about 10 ms, bounded by the clock and by an estimate of the work (on some runtimes clocks stand
 * still while code runs), and yields in between. Without callbacks, metrics and validation, many epochs share one call.
 */
import type { NetworkCore } from '../core.js';
import { PURPOSE, shuffle } from '../data/random.js';
import { checkInputScale } from '../prediction.js';
import { openRunner, type Runner } from '../runtime/team.js';
import { yieldToHost } from '../runtime/yield.js';
import { type BooksState, copyHistory, judge, openBooks, type TrainingState, turnPage } from './books.js';
import { Checkpoints } from './checkpoint.js';
import { divergenceError } from './diverged.js';
import type { Evaluator } from './evaluate.js';
import type { TrainerData } from './feed.js';
import { describeOptimizer, learningRateAt } from './optimizers.js';
import type { CheckedFit, FitOptions, History, TrainingEvent } from './options.js';
import { type Blocks, windows } from './stream.js';
import { type Flushed, freshOptimizer, type OptimizerState, Trainer } from './trainer.js';

/** Milliseconds after which the host gets its turn. */
export const SLICE_MS = 10;
/** The same as work, for clocks that stand still. */
const SLICE_FLOPS = 4e8;
/** What one call of the core should take: here, where it holds everybody up, and in workers, where it only delays an abort. */
const CALL_MS = 6;
const WORKER_CALL_MS = 20;

/** Rows in memory, or a stream of them. */
export type Source = { readonly data: TrainerData } | { readonly blocks: Blocks };

export class TrainingLoop {
  readonly #state: OptimizerState;
  readonly #books: BooksState;
  readonly #batchSize: number;
  /** Batches of an epoch; of a stream nobody knows. */
  readonly #batches: number;
  /** Rows of the data; 0 for a stream. */
  readonly #rows: number;
  /** Epochs end in the order of their steps, each looked at before the next begins. */
  readonly #wholeEpochs: boolean;
  readonly #checkpoints: Checkpoints | undefined;
  #trainer: Trainer | undefined;
  /** Workers, once they have been asked for; undefined: the steps run here. */
  #runner: Runner | undefined;
  #opened = false;
  #order = new Int32Array(0);
  /** Counter of the order of epoch 0. */
  #firstOrder = 0;
  /** Moments of the run that is taken up, until there is a trainer to take them. */
  #resumedMoments: readonly Float32Array[] = [];
  #bestState: Float32Array[] | undefined;
  #lastState: Float32Array[] | undefined;
  #stopped = false;
  #lastLoss = 0;
  /** The metrics' sums before the last flush. */
  #sumsBefore: number[][] = [];
  #lastRate = 0;
  #rowsDone = 0;
  /** Epoch and row of the next step, ahead of the books by what is pending. */
  #epoch = 0;
  #row = 0;
  #limit = 1;
  #started = performance.now();
  #sliceStart = this.#started;
  #sliceFlops = 0;

  constructor(
    readonly core: NetworkCore,
    readonly source: Source,
    readonly evaluator: Evaluator | undefined,
    readonly checked: CheckedFit,
    readonly options: FitOptions,
    resumed: TrainingState | undefined,
  ) {
    const { metrics, metricNames, optimizer, batchSize } = checked;
    const { onEpoch, onBatch } = options;
    this.#rows = 'data' in source ? source.data.x.rows : 0;
    this.#batchSize = this.#rows ? Math.min(batchSize, this.#rows) : batchSize;
    this.#batches = this.#rows ? Math.ceil(this.#rows / this.#batchSize) : Number.POSITIVE_INFINITY;
    this.#state = freshOptimizer(undefined, optimizer);
    this.#books = resumed?.books ?? openBooks(metricNames, metrics, evaluator !== undefined, core.units);
    const { checkpoint, earlyStopping } = checked;
    this.#checkpoints = checkpoint && new Checkpoints(core, checkpoint, () => this.#state.updates);
    this.#wholeEpochs = Boolean(onEpoch || onBatch || evaluator || metrics.length || earlyStopping || checkpoint || 'blocks' in source);
    if (resumed) {
      this.#state.rule.state = resumed.rule;
      this.#state.updates = resumed.updates;
      this.#resumedMoments = resumed.moments;
      this.#bestState = resumed.bestState?.map((region) => region.slice());
      // A run that early stopping has ended goes on only with more patience.
      const over = this.#books.history.stopped === 'early' && earlyStopping && this.#books.waited >= earlyStopping.patience;
      delete this.#books.history.stopped;
      if (over) this.#stop('early');
    }
    if ('data' in source) {
      this.#begin(source.data, this.#rows);
      this.#order = Int32Array.from({ length: this.#rows }, (_, row) => row);
    }
    this.#firstOrder = core.counters.epochs - this.#books.epoch - (this.#books.batch > 0 ? 1 : 0);
    core.trainingState = () => this.#snapshot();
  }

  async run(): Promise<History> {
    try {
      return await this.#run();
    } catch (error) {
      // Whoever stops a run may want to go on with it.
      const { signal } = this.options;
      if (signal?.aborted && error === signal.reason) this.#checkpoints?.finish(false);
      throw error;
    } finally {
      this.core.memory.runner = undefined;
      this.#runner?.close();
    }
  }

  async #run(): Promise<History> {
    const books = this.#books;
    // The first network of a page has just compiled the core.
    await this.#breathe();
    // Before any step is prepared: whoever saves the network meanwhile finds a whole state.
    if (this.#trainer) await this.#openWorkers();
    if ('data' in this.source) await this.#runRows();
    else await this.#runStream(this.source.blocks);
    if (this.#trainer?.pending) await this.#flush();
    this.#restoreBest();
    this.#checkpoints?.finish(this.#lastState !== undefined);
    return copyHistory(books.history);
  }

  /** A trainer over `data`, with room for `capacity` rows. */
  #begin(data: TrainerData, capacity: number): void {
    const { loss, metrics, clipNorm, clipValue, workers } = this.checked;
    const { threads } = this.core.threads;
    const options = {
      batchSize: this.#batchSize,
      loss,
      metrics,
      state: this.#state,
      clipNorm,
      clipValue,
      threads,
      worker: threads > 1 || workers.worker,
    };
    this.#readSums();
    this.#trainer = new Trainer(this.core, options, data, capacity);
    for (const [index, moment] of this.#resumedMoments.entries()) this.core.memory.stateOf(this.#trainer.moments[index])?.set(moment);
    this.#resumedMoments = [];
    this.#writeSums();
    this.#limit = this.#trainer.maximumSteps;
  }

  /** All epochs of rows in memory. */
  async #runRows(): Promise<void> {
    this.#epoch = this.#books.epoch;
    if (this.#epoch < this.checked.epochs) this.#openEpoch();
    while (this.#epoch < this.checked.epochs && !this.#stopped) {
      this.#fill();
      if (this.#due()) await this.#settle();
      if (!this.#wholeEpochs || this.#row < this.#rows) continue;
      await this.#closeWholeEpoch();
      if (++this.#epoch < this.checked.epochs && !this.#stopped) this.#openEpoch();
    }
  }

  /** All epochs of a stream. */
  async #runStream(blocks: Blocks): Promise<void> {
    for (let epoch = this.#books.epoch; epoch < this.checked.epochs && !this.#stopped; epoch++) {
      await this.#stream(blocks, this.#orderCounter());
      await this.#closeWholeEpoch();
    }
  }

  /** A callback may have stopped the epoch in its middle: then it stays open; or after its last batch: then it is whole. */
  async #closeWholeEpoch(): Promise<void> {
    if (!this.#stopped || this.#books.batch === this.#batches) await this.#endEpoch();
  }

  /** Draws the order of the next epoch, or of the one that is taken up in its middle. */
  #openEpoch(): void {
    // Epochs may be pending ahead of the books: only the first can begin in its middle.
    const middle = this.#trainer?.pending === 0;
    this.#row = middle ? this.#books.batch * this.#batchSize : 0;
    const counter = this.#orderCounter();
    if (this.checked.shuffle) shuffle(this.#order, this.core.seed, PURPOSE.order, counter);
  }

  /** Adds steps until it is time to run them; epoch after epoch, unless somebody looks at their ends. */
  #fill(): void {
    const rows = this.#rows;
    const batchSize = this.#batchSize;
    const { epochs } = this.checked;
    while (!this.#due()) {
      if (this.#row >= rows) {
        if (this.#wholeEpochs || ++this.#epoch >= epochs) return;
        this.#openEpoch();
      }
      this.#push(this.#order, this.#row, Math.min(batchSize, rows - this.#row));
      this.#row += batchSize;
    }
  }

  /** One epoch of a stream, from where the books are. */
  async #stream(blocks: Blocks, counter: number): Promise<void> {
    const { loss, shuffle: shuffled, shuffleWindow, classWeight } = this.checked;
    const inputScale = checkInputScale('fit', this.options.inputScale);
    const options = { batchSize: this.#batchSize, windowRows: shuffleWindow, shuffle: shuffled, loss, inputScale, classWeight };
    const done = this.#books.batch;
    let batch = 0;
    for await (const { data, order, rows } of windows(this.core, blocks, options, counter)) {
      if (this.#trainer?.fits(data)) this.#trainer.load(data);
      else this.#begin(data, data.x.rows);
      await this.#openWorkers();
      for (let from = 0; from < rows; from += this.#batchSize, batch++) {
        if (batch < done) continue;
        this.#push(order, from, Math.min(this.#batchSize, rows - from));
        if (this.#due()) await this.#settle();
        if (this.#stopped) return;
      }
      if (this.#trainer?.pending) await this.#settle();
      if (this.#stopped) return;
    }
  }

  /** Names the order of the epoch at hand: the next one, or that of the epoch that is taken up in its middle. */
  #orderCounter(): number {
    const { counters } = this.core;
    const middle = this.#books.batch > 0 && !this.#trainer?.pending;
    return middle ? counters.epochs - 1 : counters.epochs++;
  }

  #push(order: Int32Array, from: number, rows: number): void {
    this.#lastRate = learningRateAt('fit', this.checked.optimizer, this.#state.updates);
    (this.#trainer as Trainer).push(order, from, rows, this.#lastRate);
  }

  /** Whether it is time to run what is pending. */
  #due(): boolean {
    const { pending } = this.#trainer as Trainer;
    return pending >= this.#limit || (pending > 0 && this.options.onBatch !== undefined);
  }

  /** Runs the pending steps, calls back, and lets the host have its turn. */
  async #settle(): Promise<void> {
    await this.#flush();
    const { onBatch } = this.options;
    if (onBatch) {
      const { epoch, batch } = this.#books;
      const sums = (this.#trainer as Trainer).readSums();
      const own = sums.map((list, index) => list.map((sum, place) => sum - (this.#sumsBefore[index]?.[place] ?? 0)));
      this.#sumsBefore = sums;
      const event = this.#event(epoch, batch - 1, this.#lastLoss, this.#metricsOf(own));
      if ((await onBatch(event)) === false) this.#stop('callback');
    }
    this.#checkpoints?.afterSteps();
    await this.#breathe();
  }

  #stop(why: 'early' | 'callback'): void {
    this.#stopped = true;
    this.#books.history.stopped = why;
  }

  /** Runs the pending steps and books their losses. */
  async #flush(): Promise<void> {
    const trainer = this.#trainer as Trainer;
    const before = performance.now();
    let flushed: Flushed;
    if (this.#runner) {
      flushed = await trainer.flushOn(this.#runner, (result) => this.#book(result));
    } else {
      flushed = trainer.flush();
      this.#book(flushed);
      this.#sliceFlops += flushed.count * trainer.flopsPerStep;
    }
    const took = performance.now() - before;
    const { divergence, count } = flushed;
    if (divergence) throw divergenceError('fit', this.core, divergence, ` at epoch ${this.#books.epoch}, batch ${this.#books.batch}`);
    // Slower than estimated: fewer steps in the next call; a clock that stands still says nothing.
    const wanted = this.#runner ? WORKER_CALL_MS : CALL_MS;
    if (took > 0) this.#limit = Math.max(1, Math.min(trainer.maximumSteps, Math.floor((count * wanted) / took)));
  }

  /** The losses of steps that were run. */
  #book({ count, pushed, losses, rows }: Flushed): void {
    const books = this.#books;
    for (let step = 0; step < count; step++) {
      books.lossSum += losses[step];
      books.rows += rows[step];
      this.#rowsDone += rows[step];
      if (++books.batch >= this.#batches && !this.#wholeEpochs) this.#closeEpoch();
    }
    if (count > 0) this.#lastLoss = losses[count - 1] / rows[count - 1];
    // Epochs whose order was drawn, but whose steps were not run, are drawn again by whoever goes on.
    if (count < pushed) this.core.counters.epochs = this.#firstOrder + books.epoch + (books.batch > 0 ? 1 : 0);
  }

  /** Starts the workers that are wanted, over the memory that the first trainer has laid out. */
  async #openWorkers(): Promise<void> {
    if (this.#opened) return;
    this.#opened = true;
    const { worker, workerUrl } = this.checked.workers;
    const { threads } = this.core.threads;
    if (threads === 1 && !worker) return;
    const { runner, reason } = await openRunner(this.core.memory.engine, threads, worker, workerUrl);
    this.#runner = runner;
    this.core.memory.runner = runner;
    this.core.threads = { threads: runner?.threads ?? 1, ...(reason !== undefined && { reason }) };
  }

  /** Writes the finished epoch into the history and turns the page. */
  #closeEpoch(): void {
    const { history, lossSum, rows } = this.#books;
    history.loss.push(lossSum / rows);
    history.epochs = history.loss.length;
    if (this.checked.metrics.length) {
      this.#readSums();
      for (const [name, value] of Object.entries(this.#metricsOf(this.#books.metricSums))) history.metrics[name].push(value);
    }
    turnPage(this.#books);
    this.#writeSums();
  }

  /** The end of an epoch that somebody looks at: validation, history, early stopping, callback. */
  async #endEpoch(): Promise<void> {
    if (this.#trainer?.pending) await this.#flush();
    const books = this.#books;
    const { epoch, batch, history } = books;
    const evaluation = this.evaluator && (await this.#validate(this.evaluator));
    this.#closeEpoch();
    if (evaluation) {
      history.valLoss?.push(evaluation.valLoss);
      for (const [name, value] of Object.entries(evaluation.valMetrics)) history.valMetrics?.[name].push(value);
    }
    const { earlyStopping } = this.checked;
    const verdict = earlyStopping && judge(books, earlyStopping);
    if (verdict === 'better' && earlyStopping?.restoreBest) this.#bestState = this.#copyState();
    if (verdict === 'over') this.#stop('early');
    const { onEpoch } = this.options;
    if (onEpoch) {
      const metrics = Object.fromEntries(Object.entries(history.metrics).map(([name, values]) => [name, values[epoch]]));
      const event = { ...this.#event(epoch, batch - 1, history.loss[epoch], metrics), ...evaluation };
      if ((await onEpoch(event)) === false && !this.#stopped) this.#stop('callback');
    }
    this.#checkpoints?.afterEpoch(history);
    await this.#breathe();
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

  #copyState(): Float32Array[] {
    return this.core.memory.state.map((region) => this.core.state(region).slice());
  }

  /** Gives the network the state of its best epoch; what it had is kept for whoever goes on. */
  #restoreBest(): void {
    if (!this.#bestState || !this.checked.earlyStopping?.restoreBest) return;
    this.#lastState = this.#copyState();
    for (const [index, region] of this.core.memory.state.entries()) this.core.state(region).set(this.#bestState[index]);
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

  /** The running epoch's sums of metrics, from the core into the books. */
  #readSums(): void {
    if (this.#trainer) this.#books.metricSums = this.#trainer.readSums();
  }

  /** And back: for a new trainer, a new epoch, or a run that is taken up. */
  #writeSums(): void {
    if (this.checked.metrics.length === 0) return;
    this.#trainer?.writeSums(this.#books.metricSums);
    this.#sumsBefore = this.#books.metricSums.map((sums) => [...sums]);
  }

  #metricsOf(sums: readonly (readonly number[])[]): Record<string, number> {
    const { metricNames, metrics } = this.checked;
    return Object.fromEntries(metricNames.map((name, index) => [name, metrics[index].result(Float64Array.from(sums[index]))]));
  }

  #event(epoch: number, batch: number, loss: number, metrics: Record<string, number>): TrainingEvent {
    const seconds = (performance.now() - this.#started) / 1000;
    const samplesPerSecond = seconds > 0 ? this.#rowsDone / seconds : undefined;
    return { epoch, batch, step: this.#state.updates - 1, loss, metrics, learningRate: this.#lastRate, samplesPerSecond };
  }

  #snapshot(): TrainingState {
    const { optimizer, lossName, shuffle: shuffled } = this.checked;
    const { memory } = this.core;
    memory.settle?.();
    this.#readSums();
    return {
      books: structuredClone(this.#books),
      optimizer: describeOptimizer(optimizer),
      loss: lossName,
      batchSize: this.#batchSize,
      rows: this.#rows,
      shuffle: shuffled,
      updates: this.#state.updates,
      rule: [...this.#state.rule.state],
      moments: (this.#trainer?.moments ?? []).map((name) => (memory.stateOf(name) ?? new Float32Array(0)).slice()),
      bestState: this.#bestState,
      lastState: this.#lastState,
    };
  }
}
