/**
 * Runs training steps: writes step records, calls the core, and goes back to the last good state when a step fails. Knows
 * neither epochs nor callbacks (loop.ts), nor how rows get into memory (feed.ts).
 *
 * Steps are collected by `push` and run together by `flush`: one call of the core for many steps. A snapshot of parameters
 * and moments is taken now and then; a step that spoils them is undone by restoring it and replaying the steps logged
 * since, which gives the same bits because everything is deterministic.
 */
import { STATUS_LOSS, STEP_COUNTER, STEP_LOSS, STEP_ORDER, STEP_ROWS, STEP_SCALARS, STEP_SIZE, STEP_STATUS } from '../../assembly/abi.js';
import { type LoweredTraining, lowerTraining } from '../compile/lower.js';
import { elementCount, type ParameterMap } from '../compile/parameters.js';
import { type Plan, tensorAddress } from '../compile/plan.js';
import type { Region } from '../compile/program.js';
import type { NetworkCore } from '../core.js';
import type { Engine } from '../runtime/engine.js';
import { execute } from '../runtime/execute.js';
import { type Runner, type Stretch, TEAM_RECORD, type TeamCall } from '../runtime/team.js';
import { type Divergence, firstBadGradient, firstBadOutput } from './diverged.js';
import { Feed, residence, type TrainerData } from './feed.js';
import { type Call, Journal } from './journal.js';
import type { LossRow } from './losses.js';
import type { MetricRow } from './metrics.js';
import { type Optimizer, optimizerRow, type StepRule } from './optimizers.js';

/** Steps in one call of the core. */
const MAXIMUM_STEPS = 1024;
/** Rows in one call, which bounds the order. */
const MAXIMUM_ROWS = 65536;
/** Floating-point operations in one call: about 10 ms of one core; clocks stand still on some runtimes, flops do not. */
const CALL_FLOPS = 2.5e8;
/** The same for workers, for each thread: they hold nobody up. */
const WORKER_CALL_FLOPS = 8e8;
/** What a step costs before its first product, in the same unit. */
const STEP_FLOPS = 5000;
/** Calls of the core between two snapshots: what one costs is then lost among them. */
const SNAPSHOT_CALLS = 16;
/** A state up to this size, in bytes, is copied faster than a call is noted down. */
const SMALL_STATE = 16384;

/** What an optimizer remembers from step to step, besides the moments in memory. */
export interface OptimizerState {
  /** As the user gave it: the same object or name goes on, another one starts anew. */
  readonly given: unknown;
  readonly optimizer: Optimizer;
  readonly rule: StepRule;
  updates: number;
}

/** State of an optimizer that has made no update. */
export function freshOptimizer(given: unknown, optimizer: Optimizer): OptimizerState {
  return { given, optimizer, rule: optimizerRow(optimizer).rule(optimizer), updates: 0 };
}

export interface TrainerOptions {
  readonly batchSize: number;
  readonly loss: LossRow;
  readonly metrics: readonly MetricRow[];
  readonly state: OptimizerState;
  /** Calls of the core between two snapshots; 1 where the data may change after a call. */
  readonly snapshotCalls?: number;
  readonly clipValue?: number;
  readonly clipNorm?: number;
  /** Threads that the program is made for (default 1); it runs on fewer as well. */
  readonly threads?: number;
  /** Workers are to run it, so that a call may take longer. */
  readonly worker?: boolean;
}

/** Losses of the steps that were run, in buffers that the next flush reuses; and the reason if it stopped early. */
export interface Flushed {
  /** Steps that were run, of those that were pushed. */
  readonly count: number;
  readonly pushed: number;
  readonly losses: Float64Array;
  /** Rows of each step. */
  readonly rows: Int32Array;
  readonly divergence?: Divergence;
}

/** Floating-point operations of a step: three products of every weight with every row, about. */
export function stepFlops({ slots }: ParameterMap, rows: number): number {
  return 6 * rows * slots.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

export class Trainer {
  /** Steps that a flush takes at most. */
  readonly maximumSteps: number;
  readonly flopsPerStep: number;
  pending = 0;
  readonly #lowered: LoweredTraining;
  readonly #records: Region;
  readonly #feed: Feed;
  readonly #capacity: number;
  readonly #plan: Plan;
  readonly #engine: Engine;
  /** Addresses of the first record and of the order. */
  readonly #recordAt: number;
  readonly #orderAt: number;
  readonly #losses: Float64Array;
  /** Row numbers of the pending steps, and rows of each. */
  readonly #order: Int32Array;
  readonly #rows: Int32Array;
  readonly #rates: Float64Array;
  #pendingRows = 0;
  /** Data were loaded, or state was written, since workers with a copy got theirs. */
  #loaded = true;
  /** State of the optimizer's rule before the first pending step. */
  #ruleBefore: readonly number[] = [];
  #data: TrainerData;
  readonly #journal: Journal<TrainerData>;

  constructor(
    readonly core: NetworkCore,
    readonly options: TrainerOptions,
    data: TrainerData,
    /** The largest number of rows that any data of this trainer will have. */
    capacityRows: number,
  ) {
    this.#data = data;
    this.#capacity = capacityRows;
    const { batchSize, state } = options;
    const { architecture, map } = core;
    this.flopsPerStep = stepFlops(map, batchSize) + STEP_FLOPS * architecture.layers.length;
    const { resident, windowRows } = residence(capacityRows, architecture.inputs, data.x.bytes);
    const callFlops = options.worker ? WORKER_CALL_FLOPS * (options.threads ?? 1) : CALL_FLOPS;
    const callRows = Math.min(MAXIMUM_ROWS, windowRows);
    this.maximumSteps = Math.max(1, Math.floor(Math.min(MAXIMUM_STEPS, callFlops / this.flopsPerStep, callRows / batchSize)));
    const orderRows = this.maximumSteps * batchSize;
    this.#lowered = lowerTraining(architecture, map, {
      rows: batchSize,
      sourceRows: resident ? capacityRows : orderRows,
      bytes: data.x.bytes,
      loss: options.loss,
      metrics: options.metrics,
      weighted: data.weights !== undefined,
      clipValue: options.clipValue,
      clipNorm: options.clipNorm,
      threads: options.threads,
      optimizer: optimizerRow(state.optimizer).form(state.optimizer),
    });
    const stateBytes = [...core.memory.state, ...this.#lowered.moments].reduce((sum, { bytes }) => sum + bytes, 0);
    this.#journal = new Journal(options.snapshotCalls ?? (stateBytes <= SMALL_STATE ? 1 : SNAPSHOT_CALLS));
    this.#records = { name: 'train.steps', bytes: this.maximumSteps * STEP_SIZE, life: 'kept' };
    const order: Region = { name: 'train.order', bytes: orderRows * 4, life: 'kept' };
    this.#losses = new Float64Array(this.maximumSteps);
    this.#order = new Int32Array(orderRows);
    this.#rows = new Int32Array(this.maximumSteps);
    this.#rates = new Float64Array(this.maximumSteps);
    this.#plan = core.layOut(this, { programs: [this.#lowered.program], extra: [this.#records, order, TEAM_RECORD] });
    this.#engine = core.memory.engine;
    this.#recordAt = this.#address(this.#records);
    this.#orderAt = this.#address(order);
    this.#feed = new Feed(core, this.#plan, this.#lowered, resident, order);
    core.memory.dropLuggage();
    if (state.updates === 0) for (const { name } of this.#lowered.moments) core.memory.stateOf(name)?.fill(0);
    this.load(data);
  }

  /** Whether `data` can be loaded: laid out still, of the same form, and not more rows than there is room for. */
  fits({ x, weights }: TrainerData): boolean {
    const { x: own, weights: ownWeights } = this.#data;
    return this.core.memory.holds(this) && own.bytes === x.bytes && Boolean(ownWeights) === Boolean(weights) && x.rows <= this.#capacity;
  }

  /** Whether the program is the one that these options ask for; a smaller batch is no other. */
  serves({ loss, metrics, state, batchSize, clipNorm, clipValue }: TrainerOptions): boolean {
    const own = this.options;
    return (
      own.state === state &&
      own.loss === loss &&
      own.clipNorm === clipNorm &&
      own.clipValue === clipValue &&
      own.batchSize >= batchSize &&
      own.metrics.length === metrics.length &&
      own.metrics.every((metric, index) => metric === metrics[index])
    );
  }

  /** Names of the moments' regions, in the optimizer's order. */
  get moments(): string[] {
    return this.#lowered.moments.map(({ name }) => name);
  }

  get program(): LoweredTraining['program'] {
    return this.#lowered.program;
  }

  /** Goes on with other data of the same form. */
  load(data: TrainerData): void {
    this.#data = data;
    this.#loaded = true;
    // Steps so far worked on other data: the next flush takes a snapshot.
    this.#journal.forget();
    this.#feed.load(data);
  }

  /** Adds a step on the rows `order[from … from + rows - 1]` at a learning rate. */
  push(order: Int32Array, from: number, rows: number, learningRate: number): void {
    const { f32, i32 } = this.#engine;
    const { pending, options, core } = this;
    const { state } = options;
    const record = (this.#recordAt + pending * STEP_SIZE) >> 2;
    const first = this.#pendingRows;
    if (pending === 0) this.#ruleBefore = state.rule.state;
    for (let i = 0; i < rows; i++) this.#order[first + i] = order[from + i];
    i32[record + (STEP_ROWS >> 2)] = rows;
    i32[record + (STEP_ORDER >> 2)] = this.#orderAt + (first << 2);
    i32[record + (STEP_COUNTER >> 2)] = core.counters.steps + pending;
    state.rule.write(f32, record + (STEP_SCALARS >> 2), learningRate);
    state.updates++;
    this.#rows[pending] = rows;
    this.#rates[pending] = learningRate;
    this.#pendingRows = first + rows;
    this.pending = pending + 1;
  }

  /** Runs what was pushed. On divergence parameters and moments are those of the last good step. */
  flush(): Flushed {
    const call = this.#prepare();
    const count = call.steps;
    let done: number;
    try {
      done = this.#run(count);
    } catch (error) {
      // A function of the user's own threw: back to the state before this call.
      this.#restore();
      this.#rewindRule(count, 0);
      throw error;
    }
    return this.#finish(call, done);
  }

  /**
   * The same by workers. `ended` gets the result, once: when the workers have ended, or before, when somebody wants to look at
   * the network in the meantime. A worker that is lost leaves parameters and moments as they were after the last whole step.
   * @throws (as a rejection) GradletError ERR_RUNTIME when a worker is lost
   */
  async flushOn(runner: Runner, ended: (flushed: Flushed) => void): Promise<Flushed> {
    const { memory } = this.core;
    const call = this.#prepare();
    const count = call.steps;
    const teamCall = this.#teamCall(count);
    let result: Flushed | undefined;
    let failure: unknown;
    const settleWith = (run: () => number | undefined): void => {
      if (result || failure) return;
      try {
        let done = run();
        if (done === undefined) return;
        memory.settle = undefined;
        // A worker with a copy has changed nothing here: the same steps, once more, show what happened.
        if (done < count && runner.copies) done = this.#run(count);
        result = this.#finish(call, done);
        ended(result);
      } catch (error) {
        memory.settle = undefined;
        failure = error;
        ended(this.#takeBack(call, runner.wholeSteps(teamCall)));
      }
    };
    memory.settle = () => settleWith(() => runner.wait(teamCall));
    let done: number | undefined;
    let lost: unknown;
    try {
      done = await runner.run(teamCall);
    } catch (error) {
      lost = error;
    }
    settleWith(() => {
      if (lost) throw lost;
      return done;
    });
    memory.settle = undefined;
    if (failure) throw failure;
    return result as Flushed;
  }

  /** Takes what was pushed out of the books and brings its data in, after a snapshot where one is due. */
  #prepare(): Call<TrainerData> {
    const count = this.pending;
    const address = this.#recordAt;
    const journal = this.#journal;
    const records = this.#engine.u8.subarray(address, address + count * STEP_SIZE);
    this.pending = 0;
    if (journal.snapshotDue) journal.snapshot(this.#stateRegions());
    const call = journal.copy(this.#data, count, this.#pendingRows, { rows: this.#rows, records, order: this.#order });
    this.#pendingRows = 0;
    this.#feed.bringIn(call.data, call.order.subarray(0, call.orderLength));
    return call;
  }

  #finish(call: Call<TrainerData>, done: number): Flushed {
    const { steps, rows } = call;
    const losses = this.#readLosses(steps);
    this.core.counters.steps += done;
    if (done === steps) {
      this.#journal.add(call);
      return { count: done, pushed: steps, losses, rows };
    }
    this.#rewindRule(steps, done);
    return { count: done, pushed: steps, losses, rows, divergence: this.#recover(call, done) };
  }

  /** After a lost worker: the state after `done` steps of `call`, as far as steps are whole for sure. */
  #takeBack(call: Call<TrainerData>, done: number): Flushed {
    this.#restore();
    if (done) this.#replay(call, done);
    this.#rewindRule(call.steps, done);
    this.core.counters.steps += done;
    return { count: done, pushed: call.steps, losses: this.#readLosses(done), rows: call.rows };
  }

  #readLosses(count: number): Float64Array {
    const { f64 } = this.#engine;
    for (let step = 0; step < count; step++) this.#losses[step] = f64[(this.#recordAt + step * STEP_SIZE + STEP_LOSS) / 8];
    return this.#losses;
  }

  /** The pending call as workers get it. */
  #teamCall(count: number): TeamCall {
    const plan = this.#plan;
    const regions = [...this.core.memory.state, ...this.#lowered.moments];
    const whole = (region: Region): Stretch => ({ at: this.#address(region), length: region.bytes });
    const records = { at: this.#recordAt, length: count * STEP_SIZE };
    const sums = this.#lowered.accumulators.map((tensor) => ({ at: tensorAddress(plan, tensor), length: tensor.bytes }));
    const changed = this.#loaded ? undefined : [records, ...sums, ...this.#feed.changing.map(whole)];
    this.#loaded = false;
    return {
      program: plan.programs.get(this.program) as number,
      steps: this.#recordAt,
      count,
      team: this.#address(TEAM_RECORD),
      changed,
      results: [records, ...sums, ...regions.map(whole)],
    };
  }

  /** The metrics' sums since they were written last, in the order of the options. */
  readSums(): number[][] {
    const engine = this.#engine;
    return this.#lowered.accumulators.map((tensor) => {
      const at = tensorAddress(this.#plan, tensor) / 8;
      return Array.from(engine.f64.subarray(at, at + tensor.rows));
    });
  }

  /** Lets the metrics' sums go on from `sums`: in the core, so that their bits do not depend on how steps share calls. */
  writeSums(sums: readonly (readonly number[])[]): void {
    const engine = this.#engine;
    for (const [index, tensor] of this.#lowered.accumulators.entries()) engine.f64.set(sums[index], tensorAddress(this.#plan, tensor) / 8);
  }

  #address(region: Region): number {
    return this.#plan.addresses.get(region) as number;
  }

  #run(count: number): number {
    return execute(this.#engine, this.#plan, this.program, this.#recordAt, count);
  }

  #stateRegions(): Float32Array[] {
    return [...this.core.memory.state, ...this.#lowered.moments].map((region) => this.core.state(region));
  }

  /** Finds what became non-finite where, then restores the state before the failing step `done` of `call`. */
  #recover(call: Call<TrainerData>, done: number): Divergence {
    const engine = this.#engine;
    const record = this.#recordAt + done * STEP_SIZE;
    const learningRate = this.#rates[done];
    const lossFailed = engine.i32[(record + STEP_STATUS) / 4] === STATUS_LOSS;
    const found = lossFailed
      ? firstBadOutput(this.core, this.#plan, this.#lowered, call.rows[done])
      : firstBadGradient(this.core, this.#plan, this.#lowered);
    // A bad loss has changed nothing, unless running statistics took the bad batch in.
    if (!lossFailed || this.core.map.statistics) {
      this.#restore();
      if (done) this.#replay(call, done);
    }
    return { step: done, learningRate, ...found };
  }

  /** The optimizer's rule as it was after `done` of the `count` steps that were pushed. */
  #rewindRule(count: number, done: number): void {
    const { state } = this.options;
    const scratch = new Float32Array((STEP_SIZE - STEP_SCALARS) / 4);
    state.rule.state = this.#ruleBefore;
    for (let step = 0; step < done; step++) state.rule.write(scratch, 0, this.#rates[step]);
    state.updates -= count - done;
  }

  /** Back to the state after the last logged call. */
  #restore(): void {
    this.#journal.restore(this.#stateRegions());
    for (const earlier of this.#journal.calls) this.#replay(earlier, earlier.steps);
  }

  #replay(call: Call<TrainerData>, count: number): void {
    this.#engine.u8.set(call.records.subarray(0, count * STEP_SIZE), this.#recordAt);
    this.#feed.bringIn(call.data, call.order.subarray(0, call.orderLength));
    this.#run(count);
  }
}
